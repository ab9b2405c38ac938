import { Paper } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import { comserv } from '../api/client.ts'
import { Page } from '../shell/page.tsx'
import { usersTrail } from './trail.ts'
import { UserForm } from './user-form.tsx'
import { createInput } from './user-input.ts'

export function NewUserPage() {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  return (
    <Page title="New user" under={usersTrail} guide="users">
      <Paper withBorder p="lg" maw={760}>
        <UserForm
          verb="Create user"
          send={(values) => comserv.users.create(createInput(values))}
          onDone={({ id }) => {
            void queryClient.invalidateQueries({ queryKey: ['users'] })
            navigate(`/console/users/${id}`, { replace: true })
          }}
          onCancel={() => navigate('/console/users')}
        />
      </Paper>
    </Page>
  )
}
