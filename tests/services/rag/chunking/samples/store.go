// Package store keeps values by key.
package store

import (
	"errors"
	"sync"
)

// DefaultLimit is how many values a store keeps.
const DefaultLimit = 100

const (
	modeRead = iota
	modeWrite
)

// ErrFull tells that the limit is reached.
var ErrFull = errors.New("store: full")

// Store maps keys to values.
//
// It is safe for concurrent use.
type Store[T any] struct {
	mu     sync.Mutex
	values map[string]T
	limit  int
}

// Reader reads one value.
type Reader interface {
	Read(key string) (string, error)
	Close() error
}

type (
	// Key names a value.
	Key string
	// Handler is told of changes.
	Handler func(key Key) error
)

// New returns an empty store.
func New[T any](limit int) *Store[T] {
	if limit == 0 {
		limit = DefaultLimit
	}
	return &Store[T]{values: map[string]T{}, limit: limit}
}

// Put keeps a value.
func (s *Store[T]) Put(key string, value T) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.values) >= s.limit {
		return ErrFull
	}
	s.values[key] = value
	return nil
}

func (Key) String() string { return "key" }
