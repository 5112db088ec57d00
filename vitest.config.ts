import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    // Property tests and child processes share two cores in CI; nothing healthy comes near this.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
