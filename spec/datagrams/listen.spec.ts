import { describe, expect, onTestFinished, test } from 'vitest';
import { type Group, readGroup } from '../../src/datagrams/group.ts';
import { listen, type Wanted } from '../../src/datagrams/listen.ts';
import { handClock, settle } from '../support/clock.ts';
import { freeUdpPort, memberships, sender } from '../support/datagrams.ts';
import { failureOf, until } from '../support/origin.ts';
import { withPrograms } from '../support/programs.ts';
import { writtenLog, silent } from '../support/log.ts';

function groupOf(url: string): Group {
  const group = readGroup(url);
  if (!group) throw new Error(`${url} is no group`);
  return group;
}

async function ear(wanted: Wanted) {
  const { log, lines } = writtenLog();
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const clock = handClock();
  const heard: string[] = [];
  const listener = { take: (datagram: Buffer) => void heard.push(datagram.toString()), failed: () => {} };
  const listening = await listen(wanted, listener, { clock, log }, stop.signal);
  return { listening, heard, lines, stop, clock };
}

const datagram = (text: string) => [Buffer.from(text)];

describe('listening at an address of this machine', () => {
  test.each(['127.0.0.1', '[::1]'])('hears what is sent to %s, and nothing more once it was stopped', async (host) => {
    const group = groupOf(`udp://${host}:${await freeUdpPort()}`);
    const { heard, stop, listening } = await ear({ group });
    const from = await sender(group);
    await from.send(datagram('hello'));
    await until(() => heard.length === 1);
    expect(listening.port).toBe(group.port);
    stop.abort();
    // A port that can be had again was let go of.
    const again = await ear({ group });
    await from.send(datagram('again'));
    await until(() => again.heard.length === 1);
    expect([heard, again.heard]).toEqual([['hello'], ['again']]);
  });

  test('hears whatever comes to a port', async () => {
    const port = await freeUdpPort();
    const { heard } = await ear({ group: groupOf(`udp://@:${port}`) });
    await (await sender(groupOf(`udp://127.0.0.1:${port}`))).send(datagram('hello'));
    await until(() => heard.length === 1);
  });

  test('hears one sender alone, where one is wanted', async () => {
    const group = groupOf(`udp://127.0.0.1:${await freeUdpPort()}`);
    const { heard } = await ear({ group: { ...group, source: '127.0.0.2' } });
    await (await sender(group, '127.0.0.3')).send(datagram('no'));
    await (await sender(group, '127.0.0.2')).send(datagram('yes'));
    await until(() => heard.length > 0);
    expect(heard).toEqual(['yes']);
  });

  test('says so when somebody else has the port, or the address is not of this machine', async () => {
    const group = groupOf(`udp://127.0.0.1:${await freeUdpPort()}`);
    await ear({ group });
    expect(await failureOf(ear({ group }))).toMatchObject({
      code: 'upstream failed',
      message: `cannot listen at udp://127.0.0.1:${group.port}: somebody else listens there already`,
    });
    expect(await failureOf(ear({ group: groupOf('udp://192.0.2.1:1234') }))).toMatchObject({
      message: 'cannot listen at udp://192.0.2.1:1234: that is no address of this machine',
    });
  });

  test('says so when there is no such interface', async () => {
    const wanted = { group: groupOf('udp://239.0.0.1:1234'), interface: 'eth99' };
    expect(await failureOf(ear(wanted))).toMatchObject({
      message: expect.stringContaining("there is no network interface 'eth99' here, only lo (127.0.0.1"),
    });
  });

  test('does not begin when it was stopped before', async () => {
    const group = groupOf(`udp://127.0.0.1:${await freeUdpPort()}`);
    const stopped = AbortSignal.abort(new Error('enough'));
    const means = { clock: handClock(), log: silent };
    const listening = listen({ group }, { take: () => {}, failed: () => {} }, means, stopped);
    expect(await failureOf(listening)).toMatchObject({ message: 'enough' });
  });

  test.runIf(process.platform === 'linux')('tells how much room it got, and how to get more', async () => {
    const port = await freeUdpPort();
    const small = await ear({ group: groupOf(`udp://127.0.0.1:${port}`), bufferBytes: 65_536 });
    expect(small.listening.bufferBytes).toBe(65_536);
    expect(small.lines).toEqual([]);
    const asked = 2 ** 30;
    const large = await ear({ group: groupOf(`udp://[::1]:${port}`), bufferBytes: asked });
    expect(large.listening.bufferBytes).toBeLessThan(asked);
    const hint = `sysctl -w net.core.rmem_max=${asked}`;
    expect(large.lines).toMatchObject([
      { msg: 'small receive buffer', asked, given: large.listening.bufferBytes, hint },
    ]);
  });

  test.runIf(process.platform === 'linux').each(['127.0.0.1', '[::1]'])(
    'tells how much the system threw away for want of room (%s)',
    async (host) => {
      const port = await freeUdpPort();
      const group = groupOf(`udp://${host}:${port}`);
      const { listening, heard, clock } = await ear({ group, bufferBytes: 65_536 });
      // Another socket on the same port, of the other family, has its own count.
      await ear({ group: groupOf(`udp://${host === '[::1]' ? '127.0.0.1' : '[::1]'}:${port}`) });
      expect(listening.kernelDrops()).toBe(0);
      const from = await sender(group);
      const sent = 500;
      // All of it within one turn, in which nothing can be read.
      await Promise.all(Array.from({ length: sent }, () => from.send([Buffer.alloc(1400)])));
      await until(() => heard.length > 0);
      for (let turn = 0; turn < 20; turn++) await settle();
      expect(listening.kernelDrops()).toBe(0); // looked at once a second at the most
      await clock.advance(1000);
      expect(heard.length).toBeLessThan(sent);
      expect(listening.kernelDrops()).toBe(sent - heard.length);
    },
  );
});

withPrograms('Listening at a group', ['multicast'], () => {
  test.each(['239.1.1.1', '[ff15::1:1]', '[ff02::1:1]'])(
    'hears it, and no other on the same port: %s',
    async (host) => {
      const port = await freeUdpPort();
      const group = groupOf(`udp://${host}:${port}`);
      const { heard, stop } = await ear({ group, interface: 'lo' });
      // Somebody else on this machine listens to another group.
      const other = groupOf(`udp://${host.replace(/1(?=\]?$)/, '2')}:${port}`);
      const others = await ear({ group: other, interface: 'lo' });
      await (await sender(other)).send(datagram('another'));
      await (await sender(group)).send(datagram('hello'));
      await until(() => heard.length === 1 && others.heard.length === 1);
      expect([heard, others.heard]).toEqual([['hello'], ['another']]);
      expect(memberships(group)).toBe(1);
      stop.abort();
      await until(() => memberships(group) === 0);
    },
  );

  test.each([
    ['127.0.0.2@232.1.1.1', '127.0.0.2', '127.0.0.3'],
    ['[::1]@[ff35::1:1]', '::1', undefined],
  ])('hears its one sender alone: %s', async (place, wanted, unwanted) => {
    const group = groupOf(`udp://${place}:${await freeUdpPort()}`);
    const { heard } = await ear({ group, interface: 'lo' });
    if (unwanted !== undefined) await (await sender(group, unwanted)).send(datagram('no'));
    await (await sender(group, wanted)).send(datagram('yes'));
    await until(() => heard.length > 0);
    expect(heard).toEqual(['yes']);
    const nobody = await ear({
      group: { ...group, source: group.family === 4 ? '127.0.0.9' : 'fd00::9' },
      interface: 'lo',
    });
    await (await sender(group, wanted)).send(datagram('again'));
    await until(() => heard.length === 2);
    expect(nobody.heard).toEqual([]);
  });

  test('tells two sockets of the same group apart', async () => {
    const group = groupOf(`udp://239.1.1.9:${await freeUdpPort()}`);
    const room = [65_536, 2 ** 21, 65_536, 2 ** 21];
    const ears: Awaited<ReturnType<typeof ear>>[] = [];
    for (const bufferBytes of room) ears.push(await ear({ group, interface: 'lo', bufferBytes }));
    const from = await sender(group);
    await Promise.all(Array.from({ length: 200 }, () => from.send([Buffer.alloc(1400)])));
    await until(() => ears[1]?.heard.length === 200 && ears[3]?.heard.length === 200);
    const drops = ears.map(({ listening }) => listening.kernelDrops());
    expect(drops).toEqual([expect.any(Number), 0, expect.any(Number), 0]);
    expect([drops[0], drops[2]]).not.toContain(0);
  });

  test('by the address of an interface, by its name or by the routes is all the same', async () => {
    for (const which of ['lo', '127.0.0.1', '::1', undefined]) {
      const group = groupOf(`udp://239.1.1.7:${await freeUdpPort()}`);
      const { heard } = await ear({ group, ...(which !== undefined && { interface: which }) });
      await (await sender(group)).send(datagram('hello'));
      await until(() => heard.length === 1);
    }
  });

  test.each(['239.1.2.1', '[ff15::2:1]', '127.0.0.1@232.1.2.1', '[::1]@[ff35::2:1]'])(
    'goes on after joining again: %s',
    async (place) => {
      const group = groupOf(`udp://${place}:${await freeUdpPort()}`);
      const { heard, listening } = await ear({ group, interface: 'lo' });
      listening.rejoin();
      listening.rejoin();
      expect(memberships(group)).toBe(1);
      await (await sender(group)).send(datagram('hello'));
      await until(() => heard.length === 1);
    },
  );
});
