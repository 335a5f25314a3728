// Connections that come while no worker is there to take them. They wait for the next, which takes less than a second to come.

import type { Socket } from 'node:net';
import type { Scheme } from '../http/doors.ts';

export type Connection = [Scheme, Socket];

const MOST_WAITING = 1000;
/** Looks, one a second, without a worker; then nobody waits for one any longer. */
const NONE_COMES = 10;

export class Waiting {
  #connections: Connection[] = [];
  #looksWithout = 0;

  add(...connection: Connection): void {
    if (this.#connections.length < MOST_WAITING) this.#connections.push(connection);
    else connection[1].destroy();
  }

  /** Lets go of all of them. */
  take(): readonly Connection[] {
    const all = this.#connections;
    this.#connections = [];
    return all;
  }

  /** Called once a second; `isAnyThere`: there is a worker. */
  look(isAnyThere: boolean): void {
    this.#looksWithout = isAnyThere ? 0 : this.#looksWithout + 1;
    if (this.#looksWithout > NONE_COMES) this.hangUp();
  }

  hangUp(): void {
    for (const [, socket] of this.take()) socket.destroy();
  }
}
