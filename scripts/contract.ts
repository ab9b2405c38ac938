import { runProgram } from './run-program.ts'

export interface Operation {
  operationId?: string
  deprecated?: boolean
}

/** The part of an OpenAPI document that the checks use. */
export interface Contract {
  paths: Record<string, Record<string, Operation>>
}

/** The OpenAPI document of this working copy, as the command `openapi` prints it. */
export async function currentContract(): Promise<Contract> {
  const { code, stdout, output } = await runProgram(process.execPath, ['server/src/main.mjs', 'openapi'])
  if (code !== 0) throw new Error(`The OpenAPI document cannot be generated:\n${output}`)
  return JSON.parse(stdout) as Contract
}

/** Every operation, by a name such as `GET /api/v1/users`. */
export function operationsOf({ paths }: Contract): { name: string; operation: Operation }[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  )
}
