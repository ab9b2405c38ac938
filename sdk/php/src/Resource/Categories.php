<?php

declare(strict_types=1);

namespace Comserv\Resource;

use Comserv\BatchAnswer;
use Comserv\Export;
use Comserv\Internal\Fields;
use Comserv\Internal\Http;
use Comserv\Internal\Outgoing;
use Comserv\Model\Category;
use Comserv\Model\CategoryBatchResult;
use Comserv\Model\TrashedCategory;
use Comserv\Page;
use Comserv\Request\Shapes;
use Comserv\Response;

/**
 * Scopes `documents:read` and `documents:write`.
 *
 * @phpstan-import-type CategoryBatchItem from Shapes
 * @phpstan-import-type CategoryCreate from Shapes
 * @phpstan-import-type CategoryUpdate from Shapes
 * @phpstan-import-type ListCategoriesQuery from Shapes
 * @phpstan-import-type ListTrashedCategoriesQuery from Shapes
 */
final class Categories
{
    /** @internal */
    public function __construct(private readonly Http $http)
    {
    }

    /**
     * One page; iterated over, all categories.
     *
     * @param ListCategoriesQuery $query
     * @return Page<Category>
     */
    public function list(array $query = [], ?float $timeoutSeconds = null, ?int $maxRetries = null): Page
    {
        return $this->http->list('/api/v1/categories', $query, Category::from(...), $timeoutSeconds, $maxRetries);
    }

    public function get(int $id, ?float $timeoutSeconds = null, ?int $maxRetries = null): Category
    {
        return $this->http->call(new Outgoing(
            'GET',
            Outgoing::path('/api/v1/categories/%d', $id),
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), Category::from(...));
    }

    /** @param CategoryCreate $category */
    public function create(
        array $category,
        ?string $idempotencyKey = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): Category {
        return $this->http->call(new Outgoing(
            'POST',
            '/api/v1/categories',
            json: $category,
            idempotencyKey: $idempotencyKey,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), Category::from(...));
    }

    /**
     * Changes the fields that are given; null clears an optional one.
     *
     * @param CategoryUpdate $change
     */
    public function update(
        int $id,
        array $change,
        ?string $ifMatch = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): Category {
        return $this->http->call(new Outgoing(
            'PATCH',
            Outgoing::path('/api/v1/categories/%d', $id),
            json: $change,
            ifMatch: $ifMatch,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), Category::from(...));
    }

    /** Moves the category to the trash, from where `restore` brings it back for 30 days. */
    public function delete(
        int $id,
        ?string $ifMatch = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): Response {
        return $this->http->send(new Outgoing(
            'DELETE',
            Outgoing::path('/api/v1/categories/%d', $id),
            ifMatch: $ifMatch,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ));
    }

    public function restore(
        int $id,
        ?string $idempotencyKey = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): Category {
        return $this->http->call(new Outgoing(
            'POST',
            Outgoing::path('/api/v1/categories/%d/restore', $id),
            idempotencyKey: $idempotencyKey,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), Category::from(...));
    }

    /**
     * Those that were deleted and can be restored.
     *
     * @param ListTrashedCategoriesQuery $query
     * @return Page<TrashedCategory>
     */
    public function trash(array $query = [], ?float $timeoutSeconds = null, ?int $maxRetries = null): Page
    {
        return $this->http->list(
            '/api/v1/categories/trash',
            $query,
            TrashedCategory::from(...),
            $timeoutSeconds,
            $maxRetries,
        );
    }

    /**
     * Up to 100 changes in one request, each with a result of its own; with `atomic` all are done, or none is
     * and the call throws.
     *
     * @param list<CategoryBatchItem> $items
     * @return BatchAnswer<CategoryBatchResult>
     */
    public function batch(
        array $items,
        ?bool $atomic = null,
        ?string $idempotencyKey = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): BatchAnswer {
        return $this->http->call(new Outgoing(
            'POST',
            '/api/v1/categories/batch',
            query: ['atomic' => $atomic],
            json: ['items' => $items],
            idempotencyKey: $idempotencyKey,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), static fn (Fields $fields): BatchAnswer => BatchAnswer::from($fields, CategoryBatchResult::from(...)));
    }

    /**
     * All of them, in one answer.
     *
     * @return Export<Category>
     */
    public function export(?float $timeoutSeconds = null, ?int $maxRetries = null): Export
    {
        return $this->http->export(
            '/api/v1/categories/export',
            [],
            Category::from(...),
            $timeoutSeconds,
            $maxRetries,
        );
    }
}
