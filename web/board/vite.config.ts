import { cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const OUT = path.resolve(import.meta.dirname, '../dist');
const SERVER = process.env['MERIDIAN_URL'] ?? 'http://127.0.0.1:8787';

/** Excalidraw loads its drawing fonts at run time, by name, from beside the page. */
function excalidrawFonts(): Plugin {
  const entry = createRequire(import.meta.url).resolve('@excalidraw/excalidraw');
  const fonts = path.join(path.dirname(entry), 'fonts');
  return {
    name: 'excalidraw-fonts',
    apply: 'build',
    writeBundle: () => cp(fonts, path.join(OUT, 'assets/fonts'), { recursive: true }),
  };
}

export default defineConfig({
  plugins: [react(), excalidrawFonts()],
  define: { 'process.env.IS_PREACT': '"false"' },
  resolve: { conditions: ['source', 'module', 'browser', 'production'] },
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: 'es2022',
    // Inlined fonts and images would need `data:` in more places of the content security policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4000,
  },
  server: { proxy: { '/v1': { target: SERVER, ws: true }, '/.well-known': SERVER } },
});
