import type { Credential, CredentialCreate, CredentialUpdate, CredentialWithSecret } from 'comserv'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { type Kind, quoted } from '../record/kind.ts'
import { developer } from '../shell/page.tsx'

const path = '/console/developer/credentials'

export const credentials: Kind<Credential, CredentialCreate, CredentialUpdate, CredentialWithSecret> = {
  plural: 'credentials',
  label: t('API credential'),
  path,
  trail: [...developer, { label: t('API Credentials'), to: path }],
  guide: 'authentication',
  titleOf: ({ name }) => name,
  called: ({ name }) => quoted(name),
  calls: comserv.credentials,
}
