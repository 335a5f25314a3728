// Several views as one. What a framing is handed piece by piece lies side by side in one chunk nearly always: then the whole is a
// view as well, and nothing is copied.

const NOTHING = Buffer.alloc(0);

export function asOne(views: readonly Buffer[]): Buffer {
  const [first] = views;
  if (first === undefined) return NOTHING;
  const { buffer, byteOffset } = first;
  let end = byteOffset;
  for (const view of views) {
    if (view.buffer !== buffer || view.byteOffset !== end) return Buffer.concat(views);
    end += view.length;
  }
  return Buffer.from(buffer, byteOffset, end - byteOffset);
}
