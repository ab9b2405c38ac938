import { Paper } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import { comserv } from '../api/client.ts'
import { admin, Page } from '../shell/page.tsx'
import { UserForm } from './user-form.tsx'

export const usersTrail = [...admin, { label: 'Users', to: '/console/users' }]

export function NewUserPage() {
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  return (
    <Page title="Create user" under={usersTrail}>
      <Paper withBorder p="lg" maw={860}>
        <UserForm
          verb="Create user"
          send={({ password = '', ...input }) => comserv.users.create({ ...input, password })}
          onDone={async ({ id }) => {
            await queryClient.invalidateQueries({ queryKey: ['users'] })
            navigate(`/console/users/${id}`)
          }}
          onCancel={() => navigate('/console/users')}
        />
      </Paper>
    </Page>
  )
}
