// What is said of an address that a type of source does not take: what was expected, and the type whose address it is.

/** What people have in their hands, by its scheme: first our own types, then what FFmpeg opens live. */
const TYPES: readonly (readonly [RegExp, string])[] = [
  [/^(?:https?|mmsh?|http\+unix):/i, "type: 'pull'"],
  [/^(?:udp|rtp):/i, "type: 'multicast'"],
  [/^(?:tcp|unix|file):/i, "type: 'file'"],
  [/^(?:rtsps?|rtmp[a-z]*|srt|rist|mmst|s?ftp|hls):/i, "type: 'ffmpeg', as input: ['…'], where FFmpeg is installed"],
];

/** For schemas: a noun phrase. `own` is left to them. */
export function orOf(own: string, expected: string): (issue: { readonly input?: unknown }) => string {
  return ({ input }) => {
    const text = typeof input === 'string' ? input : '';
    const type = TYPES.find(([scheme]) => scheme.test(text))?.[1];
    if (type === undefined || type === `type: '${own}'`) return expected;
    return `${expected}; ${text.slice(0, text.indexOf(':'))}: is for ${type}`;
  };
}
