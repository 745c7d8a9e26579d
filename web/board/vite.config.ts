import { cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const OUT = path.resolve(import.meta.dirname, '../dist');
const SERVER = process.env['MERIDIAN_URL'] ?? 'http://127.0.0.1:8787';

/**
 * Excalidraw loads its drawing fonts at run time, by name: they are put beside the page. It also names a public CDN
 * as the fallback for each of them; that is taken out, because a board must not depend on others or tell them of it.
 */
function excalidrawFonts(): Plugin {
  const entry = createRequire(import.meta.url).resolve('@excalidraw/excalidraw');
  const fonts = path.join(path.dirname(entry), 'fonts');
  const fallback = /"ASSETS_FALLBACK_URL",\s*`https:[\s\S]*?\/dist\/prod\/`/;
  let found = false;
  return {
    name: 'excalidraw-fonts',
    apply: 'build',
    transform(code, id) {
      if (!id.includes('@excalidraw/excalidraw') || !fallback.test(code)) return null;
      found = true;
      return code.replace(fallback, '"ASSETS_FALLBACK_URL", `${location.origin}/assets/`');
    },
    buildEnd(error) {
      if (!error && !found) this.error('Excalidraw names its CDN in another way now: take it out again.');
    },
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
