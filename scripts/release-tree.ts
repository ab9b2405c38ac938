import { runProgram } from './run-program.ts'

/** Why nobody could say what was released; empty for a clean tree. */
export async function treeProblems(): Promise<string[]> {
  const { code, output } = await runProgram('git', ['status', '--porcelain'])
  if (code !== 0) return ['This is not a git repository, so nobody could say what was released.']
  const changed = output.trim().split('\n').filter(Boolean)
  return changed.length === 0 ? [] : [`The tree is not clean; commit or remove: ${changed.join(', ')}`]
}

export async function tagProblems(version: string): Promise<string[]> {
  const { stdout } = await runProgram('git', ['tag', '--points-at', 'HEAD'])
  return stdout.split('\n').includes(`v${version}`)
    ? []
    : [`The commit has no tag v${version}: git tag --sign v${version}`]
}
