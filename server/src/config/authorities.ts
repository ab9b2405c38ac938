import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { SettingProblem } from './setting-problem.ts'

const pemCertificate = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g

/**
 * The certificates in a PEM file, each as PEM.
 * @throws SettingProblem
 */
export function readAuthorities(path: string): string[] {
  const found = textOf(path).match(pemCertificate) ?? []
  if (found.length === 0)
    throw new SettingProblem(
      `names the file ${path}, which holds no certificate in PEM (-----BEGIN CERTIFICATE-----)`,
    )
  for (const [i, pem] of found.entries()) {
    try {
      new X509Certificate(pem)
    } catch {
      throw new SettingProblem(
        `names the file ${path}, whose certificate ${i + 1} of ${found.length} cannot be read`,
      )
    }
  }
  return found
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new SettingProblem(
      `names the file ${path}, which cannot be read (${(error as NodeJS.ErrnoException).code})`,
    )
  }
}
