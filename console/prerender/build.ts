import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'vite'
import { openApiFile } from '../guides/links.ts'
import type { Prerendered } from '../src/docs/prerendered.ts'
import { filled } from './template.ts'
import { textFiles } from './text-files.ts'

interface Renderer {
  prerendered(openApi: unknown): Promise<Prerendered[]>
}

const consoleDir = join(import.meta.dirname, '..')

/**
 * Writes the documentation as HTML and as Markdown beside the application that was built into `outDir`: the server sends
 * these files, and readers need no script.
 */
export async function prerender(outDir: string): Promise<void> {
  const template = readFileSync(join(outDir, 'page.html'), 'utf8')
  const files = new Map(textFiles())
  for (const page of await renderedPages()) {
    const markdown = `${page.path === '/' ? 'docs/overview' : page.path.slice(1)}.md`
    const html = filled(template, page, files.has(markdown) ? `/${markdown}` : undefined)
    files.set(`${page.path === '/' ? 'index' : page.path.slice(1)}.html`, html)
  }
  for (const [name, text] of files) {
    const file = join(outDir, 'pages.new', name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  // A running server finds all of them or none.
  rmSync(join(outDir, 'pages'), { recursive: true, force: true })
  renameSync(join(outDir, 'pages.new'), join(outDir, 'pages'))
}

/** The components of the application, built once more for Node. */
async function renderedPages(): Promise<Prerendered[]> {
  const outDir = mkdtempSync(join(tmpdir(), 'comserv-prerender-'))
  try {
    await build({
      configFile: join(consoleDir, 'vite.config.ts'),
      logLevel: 'warn',
      build: { ssr: join(consoleDir, 'src/prerender.tsx'), outDir, emptyOutDir: false, minify: false },
      ssr: { noExternal: true },
      // Otherwise React's development build.
      define: { 'process.env.NODE_ENV': '"production"' },
    })
    const renderer: Renderer = await import(pathToFileURL(join(outDir, 'prerender.js')).href)
    return await renderer.prerendered(JSON.parse(readFileSync(openApiFile, 'utf8')))
  } finally {
    rmSync(outDir, { recursive: true, force: true })
  }
}
