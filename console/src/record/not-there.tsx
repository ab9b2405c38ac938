import { Anchor, Button, Modal, Stack, Text } from '@mantine/core'
import type { PermissionExplainQuery } from 'comserv'
import { useState } from 'react'
import { Link } from 'react-router'
import { problemOf } from '../api/problem.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { ExplanationOf } from '../permissions/explanation.tsx'
import { useSignedIn } from '../session/use-session.ts'
import type { Shown, Stored } from './kind.ts'

export function isNotThere(error: unknown): boolean {
  return problemOf(error).status === 404
}

const actions: Readonly<Record<string, PermissionExplainQuery['action']>> = {
  documents: 'documents:read',
  users: 'users:read',
  credentials: 'credentials:read',
  webhooks: 'webhooks:read',
}

/** Why there is nothing to see, as far as the person may be told. */
export function NotThere<T extends Stored>({ kind, id }: { kind: Shown<T>; id: number }) {
  const [isAsked, setAsked] = useState(false)
  const { scopes } = useSignedIn()
  const action = actions[kind.plural]
  if (!action) return null
  const isAdmin = scopes.includes('admin')
  return (
    <div>
      <Button variant="default" onClick={() => setAsked(true)}>
        {t('Why?')}
      </Button>
      <Modal opened={isAsked} onClose={() => setAsked(false)} title={t('Why can I not see this?')} size="lg">
        <Stack>
          <ExplanationOf query={{ action, ...(action === 'documents:read' ? { resource_id: id } : {}) }} />
          {isAdmin ? (
            <Text>
              {t(
                'You can see everything, so nothing with the number {{id}} exists: it was deleted, or never existed.',
                { id },
              )}
              {kind.calls.restore && (
                <>
                  {' '}
                  {rich('Deleted records are in the <link>trash</link>, until they are purged.', {
                    link: <Anchor component={Link} to={`${kind.path}/trash`} underline="always" />,
                  })}
                </>
              )}
            </Text>
          ) : (
            <Text>
              {t(
                'It may exist, but not for your role. An administrator can check with “Who may see this?” on its page.',
              )}
            </Text>
          )}
        </Stack>
      </Modal>
    </div>
  )
}
