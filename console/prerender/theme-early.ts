import { createHash } from 'node:crypto'
import type { Plugin } from 'vite'

/** In the head and before everything else, so that no page is drawn in the other theme first. */
const source = `{
  let scheme = null
  try { scheme = localStorage.getItem('mantine-color-scheme-value') } catch {}
  if (scheme !== 'dark' && scheme !== 'light') scheme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
  document.documentElement.dataset.mantineColorScheme = scheme
}
`
const fileName = `assets/theme-early-${createHash('sha256').update(source).digest('base64url').slice(0, 8)}.js`

/** A classic script: a module would run only after the page was parsed, and the policy allows no script in the page. */
export function themeEarly(): Plugin {
  return {
    name: 'theme-early',
    apply: (_, { command, isSsrBuild }) => command === 'build' && !isSsrBuild,
    generateBundle() {
      this.emitFile({ type: 'asset', fileName, source })
    },
    transformIndexHtml: () => [{ tag: 'script', attrs: { src: `/${fileName}` }, injectTo: 'head' as const }],
  }
}
