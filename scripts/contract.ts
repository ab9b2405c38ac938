import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface Operation {
  operationId?: string
  deprecated?: boolean
}

/** An OpenAPI document, as far as the checks look into it. */
export interface Contract {
  paths: Record<string, Record<string, Operation>>
}

export const root = join(import.meta.dirname, '..')

/** The OpenAPI document of this working copy, as the command `openapi` prints it. */
export async function currentContract(): Promise<Contract> {
  const command = [join(root, 'server/src/main.ts'), 'openapi']
  const { stdout } = await promisify(execFile)(process.execPath, command, { maxBuffer: 64 * 1024 * 1024 })
  return JSON.parse(stdout) as Contract
}

/** Every call, by the name that people give it: `GET /api/v1/users`. */
export function operationsOf({ paths }: Contract): { name: string; operation: Operation }[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  )
}
