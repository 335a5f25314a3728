// The names of things in ASF: GUIDs, written as the specification prints them and kept as the hexadecimal of their bytes
// in a stream, where the first three groups stand backwards (ASF Specification, sections 2.1 and 10).

const HEXADECIMAL_GROUPS_BACKWARDS = 3;

function guid(printed: string): string {
  return printed
    .toLowerCase()
    .split('-')
    .map((group, n) => (n < HEXADECIMAL_GROUPS_BACKWARDS ? backwards(group) : group))
    .join('');
}

const backwards = (group: string) => (group.match(/../g) ?? []).toReversed().join('');

export const GUID_BYTES = 16;

export const topLevel = {
  header: guid('75B22630-668E-11CF-A6D9-00AA0062CE6C'),
  data: guid('75B22636-668E-11CF-A6D9-00AA0062CE6C'),
  simpleIndex: guid('33000890-E5B1-11CF-89F4-00A0C90349CB'),
  index: guid('D6E229D3-35DA-11D1-9034-00A0C90349BE'),
  mediaObjectIndex: guid('FEB103F8-12AD-4C64-840F-2A1D2F7AD48C'),
  timecodeIndex: guid('3CB73FD0-0C4A-4803-953D-EDF7B6228F0C'),
} as const;

export const inHeader = {
  fileProperties: guid('8CABDCA1-A947-11CF-8EE4-00C00C205365'),
  streamProperties: guid('B7DC0791-A9B7-11CF-8EE6-00C00C205365'),
  extension: guid('5FBF03B5-A92E-11CF-8EE3-00C00C205365'),
  streamBitrates: guid('7BF875CE-468D-11D1-8D82-006097C9A2B2'),
  padding: guid('1806D474-CADF-4509-A4BA-9AABCB96AAE8'),
  marker: guid('F487CD01-A951-11CF-8EE6-00C00C205365'),
  contentEncryption: guid('2211B3FB-BD23-11D2-B4B7-00A0C955FC6E'),
  extendedContentEncryption: guid('298AE614-2622-4C17-B935-DAE07EE9289C'),
  digitalSignature: guid('2211B3FC-BD23-11D2-B4B7-00A0C955FC6E'),
} as const;

export const inExtension = {
  extendedStreamProperties: guid('14E6A5CB-C672-4332-8399-A96952065B5A'),
  advancedContentEncryption: guid('43058533-6981-49E6-9B74-AD12CB86D58C'),
  indexParameters: guid('D6E229DF-35DA-11D1-9034-00A0C90349BE'),
  mediaObjectIndexParameters: guid('6B203BAD-3F11-48E4-ACA8-D7613DE2CFA7'),
  timecodeIndexParameters: guid('F55E496D-9797-4B5D-8C8B-604DFE9BFB24'),
  indexParametersPlaceholder: guid('D9AADE20-7C17-4F9C-BC28-8555DD98E2A2'),
} as const;

export const streamTypes = {
  audio: guid('F8699E40-5B4D-11CF-A8FD-00805F5C442B'),
  video: guid('BC19EFC0-5B4D-11CF-A8FD-00805F5C442B'),
  command: guid('59DACFC0-59E6-11D0-A3AC-00A0C90348F6'),
  jfif: guid('B61BE100-5B4E-11CF-A8FD-00805F5C442B'),
  degradableJpeg: guid('35907DE0-E415-11CF-A917-00805F5C442B'),
  fileTransfer: guid('91BD222C-F21C-497A-8B6D-5AA86BFC0185'),
  binary: guid('3AFB65E2-47EF-40F2-AC2C-70A90D71D343'),
} as const;

/** Which object stands at the beginning of these bytes. */
export function guidOf(bytes: Buffer, at = 0): string {
  return bytes.toString('hex', at, at + GUID_BYTES);
}
