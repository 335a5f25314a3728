// What sending to many costs: the whole pump beside other servers and beside the least that can be done, with the same stream and the
// same viewers, taking turns round after round. Prints a table for each scenario and writes all of it as JSON. README.md says how
// to read it.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync, existsSync, chmodSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Tempo } from '../src/channels/tempo.ts';
import { parseArgs } from 'node:util';
import { costOf, run } from './processes.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { type ServerName, servers } from './servers.ts';
import { print, type Measured, type Result } from './table.ts';

const { values } = parseArgs({
  options: {
    /** several, by commas; all that can be here where left out */
    scenario: { type: 'string', default: usual() },
    /** servers, by commas */
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '3' },
    /** Coming leaves much to be cleared away and code that has just been compiled: a stream goes on for hours after that. */
    warm: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '8' },
    /** instead of the scenario's own */
    viewers: { type: 'string', default: '' },
    json: { type: 'string', default: 'bench-results.json' },
  },
});

const SETTLE_MS = 3000;
/** So many are read for marks, at the most. */
const MOST_SAMPLED = 60;
const SERVER_CPU = '0';
/** The feed and the viewers are not to take the server's processor, where there is another. */
const OTHER_CPU = cpus().length > 1 ? '1' : '0';
const ALL_CPUS = `0-${cpus().length - 1}`;
const USUAL_DELAY_MS = 200;
/** Bare loops collect for as long as the pump. */
function runMs(viewers: number): number {
  const tempo = new Tempo();
  tempo.elsewhere = viewers;
  return Math.round(Math.min(USUAL_DELAY_MS, tempo.runMs));
}
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const ts = ['--import', 'jiti/register'];

const folder = mkdtempSync(join(tmpdir(), 'bench-'));
chmodSync(folder, 0o777); // Icecast leaves root behind, and writes there
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const program of ['viewers', 'loop', 'relay'])
  execFileSync('gcc', ['-O2', '-o', join(folder, program), path(`${program}.c`)]);

const results: Result[] = [];
for (const name of values.scenario.split(',')) {
  const scenario: Scenario | undefined = Object.entries(scenarios).find(([key]) => key === name)?.[1];
  if (!scenario) throw new Error(`no scenario '${name}': there are ${Object.keys(scenarios).join(', ')}`);
  const viewers = Number(values.viewers || scenario.viewers);
  const all = scenario.servers.filter(isThere);
  const measured = new Map<ServerName, Measured[]>(all.map((server) => [server, []]));
  for (let round = 0; round < Number(values.rounds); round++) {
    // Another one goes first in every round.
    for (const n of all.keys()) {
      const server = all[(n + round) % all.length]!;
      const one = await measure(scenario, server, viewers);
      measured.get(server)?.push(one);
      console.error(
        `${name}, round ${round + 1}, ${server}: ${one.cpuPerGB.toFixed(3)} CPU s/GB, p50 ${one.delay50} ms`,
      );
    }
  }
  const result = { scenario: name, ...scenario, viewers, measured: Object.fromEntries(measured) };
  results.push(result);
  print(result, Number(values.seconds));
}
const machine = {
  node: process.version,
  cpus: cpus().length,
  model: cpus()[0]?.model.trim(),
  at: new Date().toISOString(),
};
writeFileSync(values.json, `${JSON.stringify({ machine, options: values, results }, null, 1)}\n`);

/** On the loopback it is the sender of a datagram who hands it to every socket that has joined, which elsewhere is the work of the machine
 *  that has the viewers: what the feed needs beyond what it needs without any. */
async function handingOf(feed: number): Promise<() => number> {
  const seconds = () => costOf([feed]).cpuSeconds;
  const [from, fromMs] = [seconds(), performance.now()];
  await pause(SETTLE_MS);
  const perMs = (seconds() - from) / (performance.now() - fromMs);
  return () => seconds() - perMs * (performance.now() - fromMs);
}

/** Groups are for a network of one's own alone (spec/alone.mjs): what is sent to them elsewhere leaves the machine. */
function usual(): string {
  const all: [string, Scenario][] = Object.entries(scenarios);
  return all.flatMap(([name, { group }]) => (group === undefined ? [name] : [])).join(',');
}

function isThere(server: ServerName): boolean {
  if (values.only !== '' && !values.only.split(',').includes(server)) return false;
  const { needs } = servers[server];
  if (!needs) return true;
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/bin'];
  const isFound = folders.some((one) => existsSync(join(one, needs[0])));
  if (!isFound) console.error(`left out: ${server} (apt-get install ${needs[1]})`);
  return isFound;
}

async function measure(scenario: Scenario, server: ServerName, inStep: number): Promise<Measured> {
  const { serve, processors, stuck = 0, half = 0 } = servers[server];
  const viewers = inStep + stuck + half;
  const container = server.startsWith('pump') ? scenario.container : (scenario.others ?? scenario.container);
  const { group } = scenario;
  if (group !== undefined && process.env['OWN_NETWORK'] !== '1')
    throw new Error('this scenario sends to a group, in a network of its own: npm run bench:relay');
  const at = group === undefined ? {} : { group };
  const setting = JSON.stringify({ container, bitrate: scenario.bitrate, ...at });
  const feed = run(process.execPath, [...ts, path('feed.ts'), setting], OTHER_CPU);
  const running = [feed];
  try {
    const feedPort = Number(await feed.line());
    const around = { feedPort, container, ...at, runMs: runMs(viewers), folder };
    const serving = await serve(around, processors ? ALL_CPUS : SERVER_CPU);
    running.unshift(...serving.processes);
    await pause(SETTLE_MS); // the first key frame has come
    const pids = serving.processes.map(({ child }) => child.pid ?? 0);
    const handing = group === undefined ? undefined : await handingOf(feed.child.pid ?? 0);
    const before = costOf(pids);
    const request = join(folder, 'request');
    writeFileSync(request, serving.request);
    const sampleEvery = Math.ceil(viewers / MOST_SAMPLED);
    const args = [serving.port, viewers, request, sampleEvery, stuck, half, scenario.bitrate / 8].map(String);
    const crowd = serving.tls
      ? run(process.execPath, [...ts, path('viewers-tls.ts'), ...args], OTHER_CPU)
      : run(join(folder, 'viewers'), args, OTHER_CPU);
    running.unshift(crowd);
    await crowd.line();
    await pause(Number(values.warm) * 1000);
    const from = costOf(pids);
    const handed = handing?.();
    crowd.say('begin');
    await pause(Number(values.seconds) * 1000);
    const to = costOf(pids);
    const handedTo = handing?.();
    crowd.say('end');
    const told: Omit<Measured, 'cpuPerGB' | 'load' | 'residentPerViewer'> = JSON.parse(await crowd.line());
    const cpuSeconds = to.cpuSeconds - from.cpuSeconds + (handedTo ?? 0) - (handed ?? 0);
    return {
      ...told,
      cpuPerGB: cpuSeconds / (told.bytes / 1e9),
      load: cpuSeconds / told.seconds,
      residentPerViewer: (to.residentBytes - before.residentBytes) / viewers,
    };
  } finally {
    for (const one of running) await one.end();
  }
}
