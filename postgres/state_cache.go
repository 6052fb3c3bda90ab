package postgres

import (
	"sync"
	"time"

	"tocsin/incident"
)

// heldStates is how many states are kept in memory.
const heldStates = 64

// heldState is a state as it was after an event of its case. The zero value
// holds none.
type heldState struct {
	state *incident.State
	// at is when the last event of the state was recorded. Events are never
	// changed, so a case whose event of that number was recorded at that very
	// instant began as this state says, unless the database was put back to an
	// earlier day.
	at time.Time
}

// stateCache keeps the states of a few cases, so that a command reads the events
// since the last one and not the whole of its case. What it holds may be old:
// whoever uses it asks the database how far the case is. The zero value is
// empty.
type stateCache struct {
	mu     sync.Mutex
	states map[string]heldState
}

// copy gives a state of the caller's own.
func (c *stateCache) copy(id string) heldState {
	c.mu.Lock()
	defer c.mu.Unlock()
	held := c.states[id]
	if held.state != nil {
		held.state = held.state.Clone()
	}
	return held
}

// take gives the state itself and forgets it: whoever records changes it, and
// puts it back when what was recorded is durable.
func (c *stateCache) take(id string) heldState {
	c.mu.Lock()
	defer c.mu.Unlock()
	held := c.states[id]
	delete(c.states, id)
	return held
}

// put keeps a state, which the caller does not change from then on.
func (c *stateCache) put(id string, held heldState) {
	if held.state == nil || held.state.Seq == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.states == nil {
		c.states = make(map[string]heldState, heldStates)
	}
	if _, known := c.states[id]; !known && len(c.states) >= heldStates {
		for any := range c.states { // any one will do: it can be read again
			delete(c.states, any)
			break
		}
	}
	c.states[id] = held
}
