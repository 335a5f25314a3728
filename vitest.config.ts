// Two groups of specs: those of our own code, and those that watch real programs play. The second come last and two files at a
// time: mostly they wait, but a player that gets no processor drops pictures.

import { defineConfig } from 'vitest/config';

/** Specs run real processes and players: a machine that does other things may starve one for seconds. In CI such a spec has a
 *  second try, which the report shows; here a failure is a failure. */
const retry = process.env['CI'] === undefined ? 0 : 1;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'pump',
          retry,
          include: ['spec/**/*.spec.ts'],
          exclude: ['spec/clients/**'],
          // Loading Vitest and all of us anew for each file takes longer than most files. So no file leaves anything behind.
          isolate: false,
          // Vitest keeps a core for itself, but many of these wait for other processes.
          maxWorkers: '100%',
          // What takes two seconds alone takes ten on a machine that does much else. What stands still is noticed all the same.
          testTimeout: 30_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'clients',
          retry,
          include: ['spec/clients/**/*.spec.ts'],
          maxWorkers: 2,
          // Every player watches for a while, those of one scenario side by side.
          maxConcurrency: 20,
          testTimeout: 90_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
