import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { defaultClientConditions, defineConfig, type Plugin } from 'vite'
import { guides } from './guides/plugin.ts'
import { preloadApp } from './prerender/preload-app.ts'
import { themeEarly } from './prerender/theme-early.ts'

/** Where `npm run dev` finds the API: a server that was started beside it. */
const apiUrl = process.env.COMSERV_URL ?? 'http://127.0.0.1:3000'

// biome-ignore lint/style/noDefaultExport: Vite asks for it
export default defineConfig({
  root: import.meta.dirname,
  // The library's source, so that it need not be built first.
  resolve: { conditions: ['comserv-source', ...defaultClientConditions] },
  html: { cspNonce: '%NONCE%' },
  build: {
    target: 'es2024',
    // The first that know light-dark().
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // Fonts and pictures as files of their own: the policy allows no data: addresses for scripts and styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      input: ['index.html', 'page.html'].map((name) => join(import.meta.dirname, name)),
      // Half of the packages say "use client", which means nothing here.
      onLog: (level, log, tell) => log.code === 'MODULE_LEVEL_DIRECTIVE' || tell(level, log),
      checks: { pluginTimings: false },
      // The console signs nobody in by these, and the rest of the client is one file as before.
      output: {
        codeSplitting: {
          groups: [{ name: 'client', test: /sdk\/javascript\/(src|dist)\/(?!login|sign-in)/ }],
        },
      },
    },
  },
  server: { proxy: { '/api': apiUrl, '/health': apiUrl } },
  plugins: [guides(), themeEarly(), preloadApp(), compressed()],
})

/** Writes each text file a second and a third time, compressed as far as it goes: the server has no work with it. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: (_, { command, isSsrBuild }) => command === 'build' && !isSsrBuild,
    writeBundle({ dir = '' }) {
      const folder = join(dir, 'assets')
      for (const name of readdirSync(folder)) {
        if (!/\.(js|css|svg|json)$/.test(name)) continue
        const bytes = readFileSync(join(folder, name))
        const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY }
        writeFileSync(join(folder, `${name}.br`), brotliCompressSync(bytes, { params: quality }))
        writeFileSync(join(folder, `${name}.gz`), gzipSync(bytes, { level: 9 }))
      }
    },
  }
}
