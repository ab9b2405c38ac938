import type { ApplicationWithSecret } from 'comserv'
import { t } from '../i18n/t.ts'
import { ShownOnce } from '../parts/shown-once.tsx'
import { SetUp } from './set-up.tsx'

/** The secret of a server, with what its developer needs next. */
export function ApplicationSecret({
  application,
  onDone,
}: {
  application: ApplicationWithSecret
  onDone(): void
}) {
  const { client_id, client_secret } = application
  return (
    <ShownOnce
      values={{ client_id, client_secret: client_secret ?? '' }}
      advice={t(
        'Copy both into the settings of the server, or a password manager, before you leave this page. The secret cannot be shown again.',
      )}
      onDone={onDone}
    >
      <SetUp application={application} />
    </ShownOnce>
  )
}
