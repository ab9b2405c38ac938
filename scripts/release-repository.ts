import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const file = 'sdk/javascript/package.json'
const directory = 'sdk/javascript'
/** The publisher fills this in: the sources do not know where they are hosted. */
const example = `"repository": { "type": "git", "url": "git+https://HOST/OWNER/NAME.git", "directory": "${directory}" }`

/**
 * npm refuses a package with provenance whose `repository` is not the one in which the provenance was signed.
 * @returns undefined if there is none to compare
 */
export function repositoryProblems(root: string, env: NodeJS.ProcessEnv): string[] | undefined {
  const { repository } = JSON.parse(readFileSync(join(root, file), 'utf8'))
  if (repository === undefined) return undefined
  const { type, url, directory: within } = Object(repository)
  const address = /^git\+(https:\/\/[^/\s]+\/\S+?)(?:\.git)?$/.exec(url ?? '')?.[1]
  if (type !== 'git' || address === undefined || within !== directory)
    return [`The repository in ${file} must be as in: ${example}`]
  const signing = signingRepository(env)
  return signing === undefined || signing.toLowerCase() === address.toLowerCase()
    ? []
    : [`${file} names the repository ${address}, but the provenance would be signed in ${signing}.`]
}

export const missingRepository = `${file} has no repository, which npm compares with the one in which the provenance is signed. Add ${example} with the address of this repository, and commit it.`

/** Where GitHub Actions or GitLab CI runs this, which are the ones that npm takes provenance from. */
function signingRepository(env: NodeJS.ProcessEnv): string | undefined {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, CI_PROJECT_URL } = env
  return GITHUB_SERVER_URL && GITHUB_REPOSITORY
    ? `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`
    : CI_PROJECT_URL || undefined
}
