// Times and sizes as people write them: '15s', '200ms', '4 MiB', '512k'. A bare number is of the unit that is kept:
// milliseconds or bytes.

const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
/** `k`, `M`, `G` are powers of 1000 as in SI, `Ki`, `Mi`, `Gi` of 1024 as in IEC 80000-13, with or without the B. */
const BYTES: Readonly<Record<string, number>> = {
  b: 1,
  k: 1000,
  kb: 1000,
  m: 1000 ** 2,
  mb: 1000 ** 2,
  g: 1000 ** 3,
  gb: 1000 ** 3,
  ki: 1024,
  kib: 1024,
  mi: 1024 ** 2,
  mib: 1024 ** 2,
  gi: 1024 ** 3,
  gib: 1024 ** 3,
};

/** How both are written; which units there are is told by reading them. */
export const QUANTITY = /^\s*(\d{1,15}(?:\.\d{1,9})?)\s*([A-Za-z]{0,3})\s*$/;

/** Milliseconds, or undefined where this is no time. */
export function readTime(text: string | number): number | undefined {
  return quantity(text, MILLISECONDS);
}

/** Bytes, or undefined where this is no size. */
export function readSize(text: string | number): number | undefined {
  return quantity(text, BYTES);
}

function quantity(text: string | number, units: Readonly<Record<string, number>>): number | undefined {
  if (typeof text === 'number') return Number.isFinite(text) && text >= 0 ? text : undefined;
  const [, digits, unit = ''] = QUANTITY.exec(text) ?? [];
  const factor = unit === '' ? 1 : units[unit.toLowerCase()];
  return digits === undefined || factor === undefined ? undefined : Math.round(Number(digits) * factor);
}
