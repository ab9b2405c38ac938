import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { chapters } from '../src/docs/chapters.ts'

const root = join(import.meta.dirname, '../..')
const guidesDir = join(root, 'docs/guides')

/** Documents of the repository that are of use to readers of the site, too. */
const beside: readonly (readonly [guide: string, file: string])[] = [
  ['security', join(root, 'SECURITY.md')],
  ['changelog', join(root, 'CHANGELOG.md')],
]

/** Every guide by its name, in the order of the navigation. */
export function guideFiles(): ReadonlyMap<string, string> {
  const there = new Map([
    ...readdirSync(guidesDir).map((name): [string, string] => [basename(name, '.md'), join(guidesDir, name)]),
    ...beside,
  ])
  const named = chapters.flatMap(({ entries }) => entries.filter((entry) => typeof entry === 'string'))
  const missing = [...there.keys()].filter((guide) => !named.includes(guide))
  if (missing.length > 0)
    throw new Error(`console/src/docs/chapters.ts has no place for the guides ${missing.join(', ')}.`)
  return new Map(
    named.map((guide) => {
      const file = there.get(guide)
      if (!file) throw new Error(`console/src/docs/chapters.ts names the guide ${guide}, which is not there.`)
      return [guide, file]
    }),
  )
}

export function readGuide(file: string): string {
  return readFileSync(file, 'utf8')
}
