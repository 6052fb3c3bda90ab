package postgres

import (
	"regexp"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// ordered is a statement whose named arguments have their numbers, for those
// that are given so often that looking for the names each time would be felt.
type ordered struct {
	sql   string
	names []string
}

var argument = regexp.MustCompile(`@[a-z_]+\b`)

// order numbers the arguments of a statement of our own. No text in it holds an @.
func order(statement string) ordered {
	o := ordered{}
	numbers := map[string]string{}
	o.sql = argument.ReplaceAllStringFunc(statement, func(name string) string {
		number, known := numbers[name]
		if !known {
			o.names = append(o.names, name[1:])
			number = "$" + strconv.Itoa(len(o.names))
			numbers[name] = number
		}
		return number
	})
	return o
}

// queue puts the statement into a batch.
func (o ordered) queue(batch *pgx.Batch, args pgx.NamedArgs) *pgx.QueuedQuery {
	values := make([]any, len(o.names))
	for i, name := range o.names {
		values[i] = args[name]
	}
	return batch.Queue(o.sql, values...)
}
