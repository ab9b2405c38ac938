import { Alert, Anchor, Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { User } from 'comserv'
import { useState } from 'react'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { useCatalog } from '../catalog/use-catalog.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Confirm } from '../parts/confirm.tsx'
import { Instant } from '../parts/instant.tsx'
import { noticeOfProblem } from '../parts/notice.ts'
import { Section } from '../parts/section.tsx'
import { quoted } from '../record/kind.ts'
import { useChanged } from '../record/use-record.ts'
import { useSignedIn } from '../session/use-session.ts'
import { CancelErasure } from './cancel-erasure.tsx'
import { users } from './users.ts'
import { WhatStops } from './what-stops.tsx'

/** What is held about a person, and the end of it, for administrators. */
export function PersonalData({ user }: { user: User }) {
  const [isAsked, setAsked] = useState(false)
  return (
    <Section title={t('Personal data')}>
      <Stack gap="sm">
        {user.erasure && <Waiting user={user} dueAt={user.erasure.due_at} />}
        <Group>
          <DownloadButton user={user} />
          {!user.erasure && (
            <Button variant="outline" color="red" className="destroys" onClick={() => setAsked(true)}>
              {t('Erase…')}
            </Button>
          )}
        </Group>
      </Stack>
      {isAsked && <Erase user={user} onClose={() => setAsked(false)} />}
    </Section>
  )
}

function DownloadButton({ user: { id } }: { user: User }) {
  const { mutate, isPending } = useMutation({
    mutationFn: () => comserv.users.personalData(id).text('ndjson'),
    onSuccess: (text) => save(`personal-data-${id}.ndjson`, text),
    onError: (error) => noticeOfProblem(t('The download failed'), error),
  })
  return (
    <Button variant="default" loading={isPending} onClick={() => mutate()}>
      {t('Download personal data')}
    </Button>
  )
}

function save(name: string, text: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/x-ndjson' }))
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}

/** Shown until the erasure is due. */
function Waiting({ user, dueAt }: { user: User; dueAt: string }) {
  const { id, username } = user
  return (
    <Alert color="red" title={t('“{{username}}” will be erased', { username })}>
      <Stack gap="sm" align="flex-start">
        <Text>
          {rich(
            'Due <time/>. It cannot be undone after that. The receipt will be on the <link>page of the erasure</link>, which the audit log links to.',
            {
              time: <Instant at={dueAt} relative />,
              link: <Anchor component={Link} to={`/console/users/${id}/erasure`} underline="always" />,
            },
          )}
        </Text>
        <WhatStops user={user} isErased />
        <CancelErasure id={id} name={quoted(username)} />
      </Stack>
    </Alert>
  )
}

function Erase({ user, onClose }: { user: User; onClose(): void }) {
  const { id, username } = user
  const { reload } = useChanged(users)
  const { erase_wait_hours } = useCatalog()
  const isSelf = useSignedIn().user.id === id
  const [typed, setTyped] = useState('')
  return (
    <Confirm
      opened
      onClose={onClose}
      title={t('Erase “{{username}}” for good?', { username })}
      verb={t('Erase')}
      act={() => comserv.users.erase(id, { username: typed })}
      onDone={() => void reload()}
    >
      <Text>
        {t(
          'They are suspended now. {{whenErased}}, the profile is removed, and their data in events, deliveries and the audit log becomes unreadable. Their keys and webhooks end then.',
          { whenErased: whenErased(erase_wait_hours) },
        )}
      </Text>
      <WhatStops user={user} isErased />
      <Text>
        {rich(
          'Documents stay. Receivers of webhooks and older backups keep their copies: <link>what remains</link>.',
          { link: <Anchor component={Link} to="/docs/personal-data" /> },
        )}
      </Text>
      {isSelf && <Text fw={600}>{t('This is your own account: you will be signed out.')}</Text>}
      <TextInput
        label={t('Type {{username}} to confirm', { username })}
        value={typed}
        autoComplete="off"
        data-autofocus
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
    </Confirm>
  )
}

/** The wait is a setting of the server. */
function whenErased(hours: number): string {
  return hours === 0
    ? t('Within a minute, as this server has no waiting period')
    : t('After {{count}} hours, in which it can be cancelled', { count: hours })
}
