import { defineConfig } from 'vitest/config';

// What `npm run mutation` runs for every mutant: the tests of the folders it changes, nothing that starts a process.
export default defineConfig({
  test: {
    environment: 'node',
    // No test leaves anything behind, and a fresh start for each file would take longer than its tests.
    isolate: false,
    include: ['test/{net,policy,paths}/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    testTimeout: 60_000,
  },
});
