import type { CredentialRequest } from 'comserv'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { quoted, type Shown } from '../record/kind.ts'
import { developer } from '../shell/page.tsx'

const path = '/console/developer/requests'

export const keyRequests: Shown<CredentialRequest> = {
  plural: 'key-requests',
  label: t('Request for a key'),
  path,
  trail: [...developer, { label: t('Key requests'), to: path }],
  guide: 'authentication#requesting-a-credential',
  titleOf: ({ name }) => name,
  called: ({ name }) => quoted(name),
  calls: comserv.credentialRequests,
}

export const newRequestPath = `${path}/new`
