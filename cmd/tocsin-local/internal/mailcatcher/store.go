package mailcatcher

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// maxMessages bounds the index in memory. Older messages stay in the file.
const maxMessages = 100_000

var errClosed = errors.New("the mail store is closed")

// record is one line of the file.
type record struct {
	ReceivedAt time.Time `json:"received_at"`
	From       string    `json:"from"`
	To         []string  `json:"to"`
	Content    []byte    `json:"content"` // as received, in base64
}

// entry is where a message lies in the file.
type entry struct {
	number int // counts from 1 over the life of the file
	offset int64
	length int
}

// store is the file of messages and the index over it.
//
// Appends go through one goroutine, which writes what has gathered, waits for
// the disk once, and then answers all who wait.
type store struct {
	file   *os.File
	limit  int
	logger *slog.Logger

	queue   chan pending
	stopped chan struct{}
	once    sync.Once

	// size is the end of the last good line; only load and the writing
	// goroutine use it.
	size int64

	mutex   sync.RWMutex
	entries []entry // oldest first
	next    int     // number of the next message
}

type pending struct {
	line   []byte
	answer chan error
}

func openStore(path string, limit int, logger *slog.Logger) (*store, error) {
	_, missing := os.Stat(path)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open mail file: %w", err)
	}
	opened := &store{
		file:    file,
		limit:   limit,
		logger:  logger,
		queue:   make(chan pending),
		stopped: make(chan struct{}),
		next:    1,
	}
	if err := opened.load(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if missing != nil {
		// A new file must itself be there after a power failure.
		if err := syncDirectory(filepath.Dir(path)); err != nil {
			return nil, errors.Join(fmt.Errorf("create mail file: %w", err), file.Close())
		}
	}
	go opened.write()
	return opened, nil
}

// load indexes the file and cuts off a last line that was not completely
// written. Such a message was never answered with 250.
func (s *store) load() error {
	reader := bufio.NewReaderSize(s.file, 1<<20)
	for {
		line, err := reader.ReadBytes('\n')
		if err == io.EOF {
			if len(line) > 0 {
				s.logger.Warn("mail file: an unfinished last message was dropped", "bytes", len(line))
			}
			break
		}
		if err != nil {
			return fmt.Errorf("read mail file: %w", err)
		}
		var kept record
		if err := json.Unmarshal(line, &kept); err != nil {
			s.logger.Warn("mail file: a damaged message is not shown", "number", s.next)
			s.next++
		} else {
			s.index(len(line))
		}
		s.size += int64(len(line))
	}
	if err := s.file.Truncate(s.size); err != nil {
		return fmt.Errorf("cut mail file: %w", err)
	}
	return nil
}

// index adds the line that begins at s.size.
func (s *store) index(length int) {
	s.entries = append(s.entries, entry{number: s.next, offset: s.size, length: length})
	s.next++
	if len(s.entries) > s.limit {
		s.entries = s.entries[len(s.entries)-s.limit:]
	}
}

// append returns when the message is on disk.
func (s *store) append(message record) error {
	line, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("encode message: %w", err)
	}
	waiting := pending{line: append(line, '\n'), answer: make(chan error, 1)}
	select {
	case s.queue <- waiting:
		return <-waiting.answer
	case <-s.stopped:
		return errClosed
	}
}

func (s *store) write() {
	for {
		select {
		case <-s.stopped:
			return
		case first := <-s.queue:
			batch := s.gather(first)
			err := s.keep(batch)
			for _, each := range batch {
				each.answer <- err
			}
		}
	}
}

// gather takes along whoever waits at this moment.
func (s *store) gather(first pending) []pending {
	batch := []pending{first}
	for {
		select {
		case next := <-s.queue:
			batch = append(batch, next)
		default:
			return batch
		}
	}
}

func (s *store) keep(batch []pending) error {
	var buffer bytes.Buffer
	for _, each := range batch {
		buffer.Write(each.line)
	}
	if _, err := s.file.WriteAt(buffer.Bytes(), s.size); err != nil {
		// What was written of it is overwritten by the next message, or cut.
		return errors.Join(fmt.Errorf("write message: %w", err), s.file.Truncate(s.size))
	}
	if err := s.file.Sync(); err != nil {
		return errors.Join(fmt.Errorf("write message to disk: %w", err), s.file.Truncate(s.size))
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, each := range batch {
		s.index(len(each.line))
		s.size += int64(len(each.line))
	}
	return nil
}

func (s *store) count() int {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	return len(s.entries)
}

// newest lists up to limit messages, newest first, after skipping some.
func (s *store) newest(skip, limit int) []entry {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	var found []entry
	for i := len(s.entries) - 1 - skip; i >= 0 && len(found) < limit; i-- {
		found = append(found, s.entries[i])
	}
	return found
}

func (s *store) find(number int) (entry, bool) {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	low, high := 0, len(s.entries)
	for low < high {
		middle := (low + high) / 2
		if s.entries[middle].number < number {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low < len(s.entries) && s.entries[low].number == number {
		return s.entries[low], true
	}
	return entry{}, false
}

// read fetches and decodes one message.
func (s *store) read(where entry) (Message, error) {
	line := make([]byte, where.length)
	if _, err := s.file.ReadAt(line, where.offset); err != nil {
		return Message{}, fmt.Errorf("read mail file: %w", err)
	}
	var kept record
	if err := json.Unmarshal(line, &kept); err != nil {
		return Message{}, fmt.Errorf("read message %d: %w", where.number, err)
	}
	return decode(where.number, kept), nil
}

func (s *store) close() error {
	var err error
	s.once.Do(func() {
		close(s.stopped)
		err = s.file.Close()
	})
	return err
}

func syncDirectory(path string) error {
	directory, err := os.Open(path) // our own data directory
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}
