import { Button, Paper, Text } from '@mantine/core'
import type { Answer, RoleRecord } from 'comserv'
import { useState } from 'react'
import { Link } from 'react-router'
import { counted } from '../parts/counted.ts'
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
      lead={({ description }) => description}
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
        Change
      </Button>
      <Button variant="outline" color="red" className="destroys" onClick={() => setAsked(true)}>
        Delete
      </Button>
      <ConfirmDelete
        kind={roles}
        read={read}
        opened={isAsked}
        onClose={() => setAsked(false)}
        title={`Delete the role “${name}”?`}
      >
        <Text>
          {user_count === 0
            ? 'Nobody has it. It cannot be restored.'
            : `${counted(user_count, 'user')} must get another role first.`}
        </Text>
      </ConfirmDelete>
    </>
  )
}

function RoleFacts({ role }: { role: RoleRecord }) {
  const { name, scopes, rules, own_only, built_in, user_count, created_at } = role
  const managing = scopes.some((scope) => /^(credentials|webhooks|read|write|admin)/.test(scope))
  return (
    <Facts
      facts={[
        [
          'Scopes',
          <span key="scopes" className="mono">
            {scopes.join(' ')}
          </span>,
        ],
        ['Documents', rules ? <RuleList key="rules" rules={rules} /> : 'all that the scopes allow'],
        managing && ['Manages', own_only ? 'their own keys and webhooks' : 'everybody’s keys and webhooks'],
        ['Users', <Holders key="users" name={name} count={user_count} />],
        built_in && ['Built in', 'It cannot be changed or deleted.'],
        ['Created', <Instant key="created" at={created_at} />],
      ]}
    />
  )
}
