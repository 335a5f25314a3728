// A worker's configuration: what is served and written where viewers are, and every stream taken from the primary while somebody watches here. Who may
// watch and how many are decided here; what a stream is made of is known to the primary alone.

import type { Config, StreamConfig } from '../config.ts';
import type { Plan } from '../pump/plan.ts';

/** Where it listens is as the pump has begun. */
export function shareOf(
  { http, https }: Config,
  { redirect404To, trustProxy, accessLog }: Config,
  plans: readonly Plan[],
  inside: string,
): Config {
  return {
    ...(http && { http }),
    ...(https && { https }),
    ...(redirect404To !== undefined && { redirect404To }),
    trustProxy,
    ...(accessLog && { accessLog }),
    workers: 0,
    streams: plans.map((plan) => streamOf(plan, inside)),
  };
}

function streamOf({ path, title, enabled, container, watch, limits }: Plan, inside: string): StreamConfig {
  // How long a source may be silent is the primary's to say; it tells us that it is there.
  const { stallMs: _, ...ours } = limits;
  return {
    type: 'pull',
    path,
    ...(title !== undefined && { title }),
    enabled,
    ...(container !== undefined && { container }),
    watch: { ...(watch.users && { users: { ...watch.users } }), ...(watch.from && { from: [...watch.from] }) },
    // What is taken out of the source's bytes has been taken out.
    limits: { ...ours, dropNull: false },
    onDemand: true,
    url: `http+unix://${encodeURIComponent(inside)}/streams/${path}`,
  };
}
