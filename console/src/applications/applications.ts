import type { Application, ApplicationCreate, ApplicationUpdate, ApplicationWithSecret } from 'comserv'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { type Kind, quoted } from '../record/kind.ts'
import { developer } from '../shell/page.tsx'

const path = '/console/developer/applications'

export const applications: Kind<Application, ApplicationCreate, ApplicationUpdate, ApplicationWithSecret> = {
  plural: 'applications',
  label: t('Application'),
  path,
  trail: [...developer, { label: t('Applications'), to: path }],
  guide: 'authentication#people-sign-in-to-your-program',
  titleOf: ({ name }) => name,
  called: ({ name }) => quoted(name),
  calls: comserv.applications,
}

export type ApplicationKind = ApplicationCreate['kind']

export const applicationKinds: readonly { value: ApplicationKind; label: string; about: string }[] = [
  {
    value: 'browser',
    label: t('Browser'),
    about: t('A page that runs in the browser alone, such as a single-page app. It has no secret.'),
  },
  {
    value: 'native',
    label: t('Native'),
    about: t('A program on a phone or computer. It has no secret, since everybody who has it could read it.'),
  },
  {
    value: 'server',
    label: t('Server'),
    about: t('A website or service with a server of its own, which keeps a secret.'),
  },
]

export function kindLabel(kind: string): string {
  return applicationKinds.find(({ value }) => value === kind)?.label ?? kind
}
