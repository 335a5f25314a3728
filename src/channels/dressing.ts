// What wires make of one header: each dress is made when the first viewer wants it, and is the same for all after him. A run is
// dressed once for everybody who has the same dress.

import type { Dress, Wire } from '../containers/wire.ts';

export type Dressing = (wire: Wire) => Dress;

export function dressing(header: Buffer): Dressing {
  const dresses = new Map<Wire, Dress>();
  return (wire) => {
    let dress = dresses.get(wire);
    if (!dress) dresses.set(wire, (dress = wire.dress(header)));
    return dress;
  };
}
