import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

/** What a page looks like must not depend on the fonts of the machine: each set is one family, and no other is seen. */
const families = {
  dejavu: { sans: 'DejaVu Sans', mono: 'DejaVu Sans Mono' },
  noto: { sans: 'Noto Sans', mono: 'Noto Sans Mono' },
}
const parents = ['/usr/share/fonts/truetype', '/usr/share/fonts', '/usr/local/share/fonts']

/**
 * Which set `npm test` asks for. A machine without DejaVu shows the first run in the fonts that it has; another set is
 * there or its tests are skipped.
 */
const wanted = process.env.COMSERV_TEST_FONTS ?? 'dejavu'
const folder = parents.map((parent) => join(parent, wanted)).find(existsSync)

export const missing =
  wanted !== 'dejavu' && folder === undefined ? `the fonts of ${wanted} are not installed` : undefined

/** Where text takes another room, only the room is looked at again: colours, roles and what happens are the same. */
export const isFirstSet = wanted === 'dejavu'
export const themes: readonly ('light' | 'dark')[] = isFirstSet ? ['light', 'dark'] : ['light']

/** A test that no font decides: it is run with the first set alone. */
export const testOnce: (name: string, run: () => Promise<void>) => void = isFirstSet
  ? (name, run) => void test(name, run)
  : () => {}

/** Settings that make fontconfig see one family alone. */
export function fontSettings(): Record<string, string> {
  if (!folder || !isFamily(wanted)) return {}
  const own = mkdtempSync(join(tmpdir(), 'comserv-fonts-'))
  process.once('exit', () => rmSync(own, { recursive: true, force: true }))
  mkdirSync(join(own, 'cache'))
  const { sans, mono } = families[wanted]
  const file = join(own, 'fonts.conf')
  writeFileSync(
    file,
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
<dir>${folder}</dir>
<cachedir>${join(own, 'cache')}</cachedir>
<alias binding="strong"><family>monospace</family><prefer><family>${mono}</family></prefer></alias>
<match target="pattern"><edit name="family" mode="append_last"><string>${sans}</string></edit></match>
</fontconfig>
`,
  )
  return { FONTCONFIG_FILE: file }
}

function isFamily(name: string): name is keyof typeof families {
  return name in families
}
