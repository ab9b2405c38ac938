import type { PasskeyOptions } from 'comserv'
import { comserv } from '../api/client.ts'
import { Reworded } from '../api/problem.ts'
import { t } from '../i18n/t.ts'

type Response = Record<string, unknown>

/** Asks the browser for a passkey of this site. @throws Reworded where there is none, or the person gives up */
export async function usePasskeyOfBrowser(): Promise<Response> {
  const { options, rpId } = await begun(comserv.session.passkeyOptions())
  return answered(rpId, () =>
    navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(
        options as unknown as PublicKeyCredentialRequestOptionsJSON,
      ),
    }),
  )
}

/** Lets the browser make one. @throws Reworded */
export async function makePasskey(): Promise<Response> {
  const { options, rpId } = await begun(comserv.me.passkeyOptions())
  return answered(rpId, () =>
    navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(
        options as unknown as PublicKeyCredentialCreationOptionsJSON,
      ),
    }),
  )
}

async function begun(asked: PromiseLike<PasskeyOptions>) {
  if (!globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON)
    throw problem(t('This browser has no passkeys, or is too old for them. Sign in with your password.'))
  const { options } = await asked
  const { rpId, rp } = options as { rpId?: string; rp?: { id: string } }
  return { options, rpId: rpId ?? rp?.id ?? '' }
}

async function answered(rpId: string, ask: () => Promise<Credential | null>): Promise<Response> {
  try {
    return ((await ask()) as PublicKeyCredential).toJSON() as unknown as Response
  } catch (error) {
    throw problem(reasonOf(error, rpId))
  }
}

/** Browsers say little of why, so that no site learns which passkeys there are. */
function reasonOf(error: unknown, host: string): string {
  const { name } = error as DOMException
  if (name === 'SecurityError')
    return t('Passkeys of this site work under the address {{host}}: open the page there.', { host })
  if (name === 'InvalidStateError') return t('This device has a passkey for your account already.')
  return t('The browser gave no passkey: the request was closed, took too long, or there is none.')
}

function problem(details: string): Reworded {
  return new Reworded({
    code: 'no_passkey',
    status: undefined,
    message: t('No passkey'),
    details,
    requestId: undefined,
  })
}
