import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: { include: ['client/test/**/*.test.ts', 'board/test/**/*.test.ts'] },
});
