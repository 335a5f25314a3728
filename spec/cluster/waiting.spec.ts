import { once } from 'node:events';
import { connect, createServer, Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Waiting } from '../../src/cluster/waiting.ts';
import { listening } from '../support/listening.ts';

/** Both ends of so many connections. */
async function connections(count: number) {
  const came: Socket[] = [];
  const server = createServer((socket) => void came.push(socket));
  const port = await listening(server);
  const clients: Socket[] = [];
  for (let n = 0; n < count; n++) {
    const client = connect(port, '127.0.0.1').resume();
    clients.push(client);
    await Promise.all([once(client, 'connect'), ...(came.length === n ? [once(server, 'connection')] : [])]);
  }
  return { came, clients };
}

describe('whoever comes while there is no worker', () => {
  it('waits for ten seconds, and no longer', async () => {
    const waiting = new Waiting();
    const { came, clients } = await connections(1);
    waiting.look(true);
    for (const socket of came) waiting.add('http', socket);
    for (let seconds = 0; seconds < 10; seconds++) waiting.look(false);
    expect(came[0]?.destroyed).toBe(false);
    waiting.look(false);
    if (clients[0]) await once(clients[0], 'close');
    expect(waiting.take()).toEqual([]);
  });

  it('is handed to the next one, and the ten seconds begin anew', async () => {
    const waiting = new Waiting();
    const { came } = await connections(2);
    const [early, late] = came;
    if (early) waiting.add('https', early);
    for (let seconds = 0; seconds < 9; seconds++) waiting.look(false);
    expect(waiting.take()).toEqual([['https', early]]);
    waiting.look(true);
    if (late) waiting.add('http', late);
    for (let seconds = 0; seconds < 9; seconds++) waiting.look(false);
    expect(waiting.take()).toEqual([['http', late]]);
    came.forEach((socket) => socket.destroy());
  });

  it('is one of a thousand at the most', () => {
    const waiting = new Waiting();
    const sockets = Array.from({ length: 1001 }, () => new Socket());
    for (const socket of sockets) waiting.add('http', socket);
    expect(sockets.filter(({ destroyed }) => destroyed)).toEqual([sockets[1000]]);
    expect(waiting.take()).toHaveLength(1000);
  });
});
