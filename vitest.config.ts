import { defineConfig } from 'vitest/config';

// Tests run on @vtoe/hdl's sources, not on its dist: one build never meets the other's objects.
const conditions = ['source', 'module', 'node', 'development|production'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    // A test may compile and run emitted Verilog: slow, and heavy enough that more workers than cores would not help.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    // Files of a worker share modules: loading them, and compiling yosys, for each file took two fifths of the time.
    isolate: false,
  },
});
