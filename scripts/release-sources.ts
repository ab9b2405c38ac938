import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Every place that states the version of the client libraries, which is one for all three. */
const places: readonly [file: string, pattern: RegExp][] = [
  ['sdk/javascript/package.json', /^ {2}"version": "([^"]+)"/m],
  ['sdk/javascript/src/version.ts', /version = '([^']+)'/],
  ['console/package.json', /"comserv": "([^"]+)"/],
  ['sdk/python/src/comserv/_version.py', /^version = "([^"]+)"/m],
  ['sdk/php/composer.json', /^ {2}"version": "([^"]+)"/m],
  ['sdk/php/src/Comserv.php', /VERSION = '([^']+)'/],
]

export function versionOfClients(root: string): string {
  return versionIn(root, ...(places[0] as (typeof places)[number])) ?? ''
}

/** What must be right before anything is built; one sentence for each problem. */
export function releaseProblems(root: string): string[] {
  const version = versionOfClients(root)
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?$/.test(version))
    return [`sdk/javascript/package.json has no version to release: ${version || 'none'}`]
  return [
    ...versionProblems(root, version),
    ...changelogProblems(root, version),
    ...guideProblems(root, version),
  ]
}

function versionProblems(root: string, version: string): string[] {
  return places.flatMap(([file, pattern]) => {
    const stated = versionIn(root, file, pattern)
    return stated === version ? [] : [`${file} states the version ${stated ?? 'nowhere'}, not ${version}.`]
  })
}

function changelogProblems(root: string, version: string): string[] {
  return ['javascript', 'python', 'php'].flatMap((language) => {
    const file = `sdk/${language}/CHANGELOG.md`
    const [, ...sections] = readFileSync(join(root, file), 'utf8').split(/^## /m)
    const [newest = ''] = sections
    const [heading = '', ...text] = newest.split('\n')
    if (heading.trim() !== version)
      return [`${file} begins with ${heading.trim() || 'nothing'}, not with ${version}.`]
    return text.join('').trim() === '' ? [`${file} says nothing about ${version}.`] : []
  })
}

/** The guides and readmes name the files to install. */
function guideProblems(root: string, version: string): string[] {
  return globSync(['docs/guides/*.md', 'sdk/*/README.md'], { cwd: root }).flatMap((file) => {
    const named = readFileSync(join(root, file), 'utf8').matchAll(
      /\bcomserv-(?:php-)?(\d+\.\d+\.\d+[\w.-]*?)(?:-py3-none-any\.whl|\.tgz|\.zip)/g,
    )
    const others = [...named].flatMap(([name, stated]) => (stated === version ? [] : [name]))
    return others.length === 0 ? [] : [`${file} installs ${others[0]}, not ${version}.`]
  })
}

function versionIn(root: string, file: string, pattern: RegExp): string | undefined {
  return pattern.exec(readFileSync(join(root, file), 'utf8'))?.[1]
}
