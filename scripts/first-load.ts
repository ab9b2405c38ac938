import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { root } from './generated.ts'

/** What a browser loads before the first page shows anything, compressed by gzip, which even old proxies support. */
const firstLoadBytesMax = 250_000

/** Builds the console in another folder, and weighs the scripts of its page. */
export async function firstLoadProblems(): Promise<string[]> {
  const outDir = mkdtempSync(join(tmpdir(), 'comserv-console-'))
  try {
    const configFile = join(root, 'console/vite.config.ts')
    await build({ configFile, logLevel: 'silent', build: { outDir, emptyOutDir: true } })
    const bytes = firstLoadBytes(outDir)
    if (bytes <= firstLoadBytesMax) return []
    return [`the first page loads ${kilobytes(bytes)} of script; ${kilobytes(firstLoadBytesMax)} are allowed`]
  } finally {
    rmSync(outDir, { recursive: true, force: true })
  }
}

/** The scripts of the page and those that it preloads. */
export function firstLoadBytes(dist: string): number {
  const page = readFileSync(join(dist, 'index.html'), 'utf8')
  const scripts = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(([, path = '']) => path)
  return scripts.reduce((sum, path) => sum + readFileSync(join(dist, `${path}.gz`)).length, 0)
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1_000)} KB`
}
