// How pumps tell each other over which of their streams something goes: in requests for whom it is asked, in answers where it
// comes from. Each stream is `PUMP/PATH`, nearest first.

export const OVER = 'Stream-Pump-Over';

/** A chain longer than this is a circle that somebody forgot to close. */
export const MOST_PUMPS = 32;

/** The streams of a header, which may come in several lines. */
export function readOver(lines: string | readonly string[] | undefined): string[] {
  return [lines ?? []].flat().flatMap((line) => line.split(',').flatMap((word) => word.trim() || []));
}
