<?php

declare(strict_types=1);

namespace Comserv\Resource;

use Comserv\BatchAnswer;
use Comserv\Export;
use Comserv\Internal\Fields;
use Comserv\Internal\Http;
use Comserv\Internal\Outgoing;
use Comserv\Model\CreatedUser;
use Comserv\Model\ListedUser;
use Comserv\Model\TrashedUser;
use Comserv\Model\User;
use Comserv\Model\UserBatchResult;
use Comserv\Page;
use Comserv\Request\Shapes;
use Comserv\Response;

/**
 * Scopes `users:read` and `users:write`.
 *
 * @phpstan-import-type ExportUsersQuery from Shapes
 * @phpstan-import-type ListTrashedUsersQuery from Shapes
 * @phpstan-import-type ListUsersQuery from Shapes
 * @phpstan-import-type UserBatchItem from Shapes
 * @phpstan-import-type UserCreate from Shapes
 * @phpstan-import-type UserRestore from Shapes
 * @phpstan-import-type UserUpdate from Shapes
 */
final class Users
{
    /** @internal */
    public function __construct(private readonly Http $http)
    {
    }

    /**
     * One page; iterated over, everyone.
     *
     * @param ListUsersQuery $query
     * @return Page<ListedUser>
     */
    public function list(array $query = [], ?float $timeoutSeconds = null, ?int $maxRetries = null): Page
    {
        return $this->http->list('/api/v1/users', $query, ListedUser::from(...), $timeoutSeconds, $maxRetries);
    }

    public function get(int $id, ?float $timeoutSeconds = null, ?int $maxRetries = null): User
    {
        return $this->http->call(new Outgoing(
            'GET',
            Outgoing::path('/api/v1/users/%d', $id),
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), User::from(...));
    }

    /** @param UserCreate $user */
    public function create(
        #[\SensitiveParameter] array $user,
        ?string $idempotencyKey = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): CreatedUser {
        return $this->http->call(new Outgoing(
            'POST',
            '/api/v1/users',
            json: $user,
            idempotencyKey: $idempotencyKey,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), CreatedUser::from(...));
    }

    /**
     * Changes the fields that are given; null clears an optional one.
     *
     * @param UserUpdate $change
     */
    public function update(
        int $id,
        #[\SensitiveParameter] array $change,
        ?string $ifMatch = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): User {
        return $this->http->call(new Outgoing(
            'PATCH',
            Outgoing::path('/api/v1/users/%d', $id),
            json: $change,
            ifMatch: $ifMatch,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), User::from(...));
    }

    /** Moves the user to the trash, from where `restore` brings it back for 30 days. */
    public function delete(
        int $id,
        ?string $ifMatch = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): Response {
        return $this->http->send(new Outgoing(
            'DELETE',
            Outgoing::path('/api/v1/users/%d', $id),
            ifMatch: $ifMatch,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ));
    }

    /**
     * With `change` under another username or email, where somebody else has taken the old one since.
     *
     * @param UserRestore|null $change
     */
    public function restore(
        int $id,
        ?string $idempotencyKey = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
        ?array $change = null,
    ): User {
        return $this->http->call(new Outgoing(
            'POST',
            Outgoing::path('/api/v1/users/%d/restore', $id),
            json: $change,
            idempotencyKey: $idempotencyKey,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), User::from(...));
    }

    /**
     * Those who were deleted and can be restored.
     *
     * @param ListTrashedUsersQuery $query
     * @return Page<TrashedUser>
     */
    public function trash(array $query = [], ?float $timeoutSeconds = null, ?int $maxRetries = null): Page
    {
        return $this->http->list('/api/v1/users/trash', $query, TrashedUser::from(...), $timeoutSeconds, $maxRetries);
    }

    /**
     * Up to 100 changes in one request, each with a result of its own; with `atomic` all are done, or none is
     * and the call throws.
     *
     * @param list<UserBatchItem> $items
     * @return BatchAnswer<UserBatchResult>
     */
    public function batch(
        #[\SensitiveParameter] array $items,
        ?bool $atomic = null,
        ?string $idempotencyKey = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): BatchAnswer {
        return $this->http->call(new Outgoing(
            'POST',
            '/api/v1/users/batch',
            query: ['atomic' => $atomic],
            json: ['items' => $items],
            idempotencyKey: $idempotencyKey,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), static fn (Fields $fields): BatchAnswer => BatchAnswer::from($fields, UserBatchResult::from(...)));
    }

    /**
     * Everyone that the filters let through, in one answer, whole: with their profiles.
     *
     * @param ExportUsersQuery $query
     * @return Export<User>
     */
    public function export(array $query = [], ?float $timeoutSeconds = null, ?int $maxRetries = null): Export
    {
        return $this->http->export('/api/v1/users/export', $query, User::from(...), $timeoutSeconds, $maxRetries);
    }
}
