import type { Plugin, Rolldown } from 'vite'

/**
 * The application is loaded after the words of its language; its page names the files, so that the browser fetches
 * them meanwhile, and prerendered pages have their styles.
 */
export function preloadApp(): Plugin {
  return {
    name: 'preload-app',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle, filename }) {
        if (!bundle || !filename.endsWith('/index.html')) return
        const chunks = withImports(bundle, /\/src\/start-app\.tsx$/)
        const scripts = chunks.map(({ fileName }) => fileName)
        const styles = new Set(chunks.flatMap(({ viteMetadata }) => [...(viteMetadata?.importedCss ?? [])]))
        const missing = (file: string) => !html.includes(`"/${file}"`)
        return [
          ...scripts.filter(missing).map((file) => linkTo(file, { rel: 'modulepreload' })),
          ...[...styles].filter(missing).map((file) => linkTo(file, { rel: 'stylesheet' })),
        ]
      },
    },
  }
}

function linkTo(file: string, attributes: { rel: string }) {
  const attrs = { ...attributes, crossorigin: true, href: `/${file}`, nonce: '%NONCE%' }
  return { tag: 'link', attrs, injectTo: 'head' as const }
}

function withImports(bundle: Rolldown.OutputBundle, entry: RegExp): Rolldown.OutputChunk[] {
  const found = new Map<string, Rolldown.OutputChunk>()
  const add = (file: Rolldown.OutputAsset | Rolldown.OutputChunk | undefined): void => {
    if (file?.type !== 'chunk' || found.has(file.fileName)) return
    found.set(file.fileName, file)
    for (const name of file.imports) add(bundle[name])
  }
  for (const file of Object.values(bundle))
    if (file.type === 'chunk' && entry.test(file.facadeModuleId ?? '')) add(file)
  if (found.size === 0) throw new Error(`No file of the build begins with ${entry}.`)
  return [...found.values()]
}
