import { defineConfig } from 'vitest/config';

// What `npm run mutation` runs for every mutant: the tests of the folders it changes, nothing that starts a process.
export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/{net,policy,paths}/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    testTimeout: 60_000,
  },
});
