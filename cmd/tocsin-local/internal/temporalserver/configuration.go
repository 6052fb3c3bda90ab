package temporalserver

import (
	"time"

	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/metrics"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"

	"tocsin/cmd/tocsin-local/internal/ports"
)

const (
	// historyShards is written into the database at the first start and can
	// never change afterwards.
	historyShards = 4

	clusterName = "active"
	disabled    = "disabled"
)

// services in the order of their ports; the frontend is the first.
var services = []primitives.ServiceName{
	primitives.FrontendService,
	primitives.HistoryService,
	primitives.MatchingService,
	primitives.WorkerService,
}

func serverOptions(database database, numbers []int, skipTime bool, logger *logger) []temporal.ServerOption {
	names := make([]string, 0, len(services))
	hosts := map[primitives.ServiceName]static.Hosts{}
	listeners := map[string]config.Service{}
	for i, service := range services {
		names = append(names, string(service))
		// Told who the members are, Temporal does not gossip: no second
		// listener, no waiting to join, no dead members of an earlier run.
		hosts[service] = static.SingleLocalHost(ports.Address(numbers[i]))
		listeners[string(service)] = config.Service{RPC: config.RPC{
			GRPCPort: numbers[i],
			BindOnIP: ports.Loopback,
		}}
	}
	frontend := ports.Address(numbers[0])
	configuration := &config.Config{
		Persistence: config.Persistence{
			DefaultStore:     mainDatabase,
			VisibilityStore:  visibilityDatabase,
			NumHistoryShards: historyShards,
			DataStores: map[string]config.DataStore{
				mainDatabase:       {SQL: database.store(mainDatabase)},
				visibilityDatabase: {SQL: database.store(visibilityDatabase)},
			},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{
				clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: frontend},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services:            listeners,
		PublicClient:        config.PublicClient{HostPort: frontend},
		Archival: config.Archival{
			History:    config.HistoryArchival{State: disabled},
			Visibility: config.VisibilityArchival{State: disabled},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: disabled},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: disabled},
		}},
	}
	settings := sizes()
	settings[dynamicconfig.WorkflowTimeSkippingEnabled.Key()] = skipTime
	return []temporal.ServerOption{
		temporal.WithConfig(configuration),
		temporal.ForServices(names),
		temporal.WithStaticHosts(hosts),
		temporal.WithLogger(logger),
		temporal.WithNamespaceLogger(logger),
		// Whoever reaches the loopback interface may call; the machine is the
		// boundary, as it is for the data directory.
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper {
			return authorization.NewNoopClaimMapper()
		}),
		temporal.WithCustomMetricsHandler(metrics.NoopMetricsHandler),
		temporal.WithDynamicConfigClient(settings),
	}
}

// sizes are the settings that fit Temporal's server to one small machine. Its
// defaults are for a cluster: thousands of idle goroutines and four queues
// where one does.
func sizes() dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		// One partition per task queue: fewer polls, no forwarding between
		// partitions, a task is found at the first look.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,

		// Task executors. Each is a goroutine; the database has fewer
		// connections than that.
		dynamicconfig.TimerProcessorSchedulerWorkerCount.Key():                  64,
		dynamicconfig.MemoryTimerProcessorSchedulerWorkerCount.Key():            8,
		dynamicconfig.TransferProcessorSchedulerWorkerCount.Key():               64,
		dynamicconfig.VisibilityProcessorSchedulerWorkerCount.Key():             32,
		dynamicconfig.ArchivalProcessorSchedulerWorkerCount.Key():               1,
		dynamicconfig.ReplicationProcessorSchedulerWorkerCount.Key():            1,
		dynamicconfig.ReplicationLowPriorityProcessorSchedulerWorkerCount.Key(): 1,

		// Caches: bounded in entries, so that a busy month does not fill the
		// machine's memory.
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key():     4096,
		dynamicconfig.EventsHostLevelCacheMaxSizeBytes.Key(): 16 << 20,
		dynamicconfig.EventsCacheMaxSizeBytes.Key():          2 << 20,

		// Temporal's own housekeeping. The scanners look for leftovers of lost
		// clusters and old task queues once a day; two pollers are the least.
		dynamicconfig.WorkerScannerMaxConcurrentActivityTaskPollers.Key(): 2,
		dynamicconfig.WorkerScannerMaxConcurrentWorkflowTaskPollers.Key(): 2,
		dynamicconfig.HistoryScannerEnabled.Key():                         false,
		// Children of a closed workflow are ended inline.
		dynamicconfig.EnableParentClosePolicyWorker.Key(): false,
		// Tocsin has no schedules and no batch jobs: no worker per namespace.
		dynamicconfig.WorkerPerNamespaceWorkerCount.Key(): 0,

		// After a kill -9 the tasks since the last checkpoint of a shard are
		// looked at again: keep that short.
		dynamicconfig.ShardUpdateMinInterval.Key(): 30 * time.Second,

		// Nobody has to be told before a single node stops.
		dynamicconfig.FrontendShutdownDrainDuration.Key(): time.Duration(0),

		dynamicconfig.FrontendEnableUpdateWorkflowExecution.Key():              true,
		dynamicconfig.FrontendEnableUpdateWorkflowExecutionAsyncAccepted.Key(): true,
	}
}
