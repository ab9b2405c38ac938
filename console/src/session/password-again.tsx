import { lazyPart } from '../parts/lazy-part.tsx'
import { useAsked } from './asked-password.ts'

/** A file of its own: most visitors never see it. */
const PasswordDialog = lazyPart(async () => (await import('./password-dialog.tsx')).PasswordDialog)

/** Shown above any page while a request waits for the password. */
export function PasswordAgain() {
  const asked = useAsked()
  return asked && <PasswordDialog asked={asked} />
}
