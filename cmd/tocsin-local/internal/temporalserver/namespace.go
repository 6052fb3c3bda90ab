package temporalserver

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/server/common"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

const (
	pollEvery = 20 * time.Millisecond
	callLimit = 5 * time.Second
	probeName = "start-probe"
)

// makeUsable registers the namespace and waits until each history shard and
// the matching service answer for it.
func makeUsable(ctx context.Context, frontend, namespace string, retention time.Duration) (failure error) {
	connection, err := grpc.NewClient(frontend, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("connect to the frontend: %w", err)
	}
	defer func() { failure = errors.Join(failure, connection.Close()) }()
	service := workflowservice.NewWorkflowServiceClient(connection)

	var identity string
	err = until(ctx, func(ctx context.Context) error {
		described, err := service.DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
		identity = described.GetNamespaceInfo().GetId()
		var missing *serviceerror.NamespaceNotFound
		if errors.As(serviceerror.FromStatus(status.Convert(err)), &missing) {
			// Registered now, it is described at the next attempt.
			return errors.Join(err, register(ctx, service, namespace, retention))
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("namespace %s: %w", namespace, err)
	}
	for shard := range int32(historyShards) {
		if err := until(ctx, func(ctx context.Context) error {
			return probeShard(ctx, service, namespace, workflowIn(identity, shard+1))
		}); err != nil {
			return fmt.Errorf("wait for history shard %d: %w", shard+1, err)
		}
	}
	err = until(ctx, func(ctx context.Context) error {
		_, err := service.DescribeTaskQueue(ctx, &workflowservice.DescribeTaskQueueRequest{
			Namespace: namespace,
			TaskQueue: &taskqueuepb.TaskQueue{Name: probeName},
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("wait for task queues: %w", err)
	}
	return nil
}

func register(ctx context.Context, service workflowservice.WorkflowServiceClient, namespace string, retention time.Duration) error {
	_, err := service.RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace:                        namespace,
		Description:                      "Tocsin's incidents, obligations and mailings",
		WorkflowExecutionRetentionPeriod: durationpb.New(retention),
	})
	return err
}

// probeShard asks for a workflow that never existed: the shard that owns its
// id says so as soon as it is served.
func probeShard(ctx context.Context, service workflowservice.WorkflowServiceClient, namespace, workflow string) error {
	_, err := service.DescribeWorkflowExecution(ctx, &workflowservice.DescribeWorkflowExecutionRequest{
		Namespace: namespace,
		Execution: &commonpb.WorkflowExecution{WorkflowId: workflow},
	})
	var missing *serviceerror.NotFound
	if errors.As(serviceerror.FromStatus(status.Convert(err)), &missing) {
		return nil
	}
	return err
}

// workflowIn makes up a workflow id that belongs to the shard.
func workflowIn(namespaceID string, shard int32) string {
	for i := 0; ; i++ {
		workflow := probeName + "-" + strconv.Itoa(i)
		if common.WorkflowIDToHistoryShard(namespaceID, workflow, historyShards) == shard {
			return workflow
		}
	}
}

// until repeats the call until it succeeds or ctx ends.
func until(ctx context.Context, call func(context.Context) error) error {
	for {
		limited, cancel := context.WithTimeout(ctx, callLimit)
		err := call(limited)
		cancel()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(pollEvery):
		}
	}
}
