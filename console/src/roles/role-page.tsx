import { Anchor, Button, List, Modal, Paper, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Answer, RoleRecord } from 'comserv'
import { useState } from 'react'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { described } from '../i18n/descriptions.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Facts } from '../parts/facts.tsx'
import { Instant } from '../parts/instant.tsx'
import { ConfirmDelete } from '../record/change.tsx'
import { RecordPage } from '../record/record-page.tsx'
import { RuleList } from '../rules/rule-list.tsx'
import { roles } from './roles.ts'
import { Holders } from './roles-page.tsx'

export function RolePage() {
  return (
    <RecordPage
      kind={roles}
      lead={(role) => described('role', role)}
      actions={(read) => !read.data.built_in && <RoleActions read={read} />}
    >
      {(role) => (
        <Paper withBorder p="lg">
          <RoleFacts role={role} />
        </Paper>
      )}
    </RecordPage>
  )
}

function RoleActions({ read }: { read: Answer<RoleRecord> }) {
  const { name, user_count } = read.data
  const [isAsked, setAsked] = useState(false)
  return (
    <>
      <Button component={Link} to="edit" variant="default">
        {t('Change')}
      </Button>
      <Button variant="outline" color="red" className="destroys" onClick={() => setAsked(true)}>
        {t('Delete')}
      </Button>
      <Modal
        opened={isAsked && user_count > 0}
        onClose={() => setAsked(false)}
        title={t('The role “{{name}}” is in use', { name })}
      >
        <InUse name={name} count={user_count} />
      </Modal>
      <ConfirmDelete
        kind={roles}
        read={read}
        opened={isAsked && user_count === 0}
        onClose={() => setAsked(false)}
        title={t('Delete the role “{{name}}”?', { name })}
      >
        <Text>{t('No user has it. This cannot be undone.')}</Text>
      </ConfirmDelete>
    </>
  )
}

const namedMax = 20

/** Who has to get another role first. */
function InUse({ name, count }: { name: string; count: number }) {
  const query = { role: name, limit: namedMax }
  const { data } = useQuery({
    queryKey: ['users', 'of role', name],
    queryFn: async () => comserv.users.list(query),
  })
  return (
    <Stack>
      <Text>{t('{{count}} users must get another role before it can be deleted:', { count })}</Text>
      <List spacing={4}>
        {data?.data.map(({ id, username }) => (
          <List.Item key={id}>
            <Anchor component={Link} to={`/console/users/${id}/edit`}>
              {username}
            </Anchor>
          </List.Item>
        ))}
      </List>
      {count > namedMax && (
        <Text>
          {rich('And others: <holders/> in all.', { holders: <Holders name={name} count={count} /> })}
        </Text>
      )}
    </Stack>
  )
}

function RoleFacts({ role }: { role: RoleRecord }) {
  const { name, scopes, rules, own_only, built_in, user_count, created_at } = role
  const managing = scopes.some((scope) => /^(credentials|webhooks|read|write|admin)/.test(scope))
  return (
    <Facts
      facts={[
        built_in && [
          t('Name'),
          <span key="name" className="mono">
            {name}
          </span>,
        ],
        [
          t('Scopes'),
          <span key="scopes" className="mono">
            {scopes.join(' ')}
          </span>,
        ],
        [
          t('Documents'),
          rules ? (
            <RuleList key="rules" rules={rules} owner={t('the user')} />
          ) : (
            t('all that the scopes allow')
          ),
        ],
        managing && [
          t('Manages'),
          own_only ? t('their own keys and webhooks') : t('everybody’s keys and webhooks'),
        ],
        [t('Users'), <Holders key="users" name={name} count={user_count} />],
        built_in && [t('Built in'), t('It cannot be changed or deleted.')],
        [t('Created'), <Instant key="created" at={created_at} />],
      ]}
    />
  )
}
