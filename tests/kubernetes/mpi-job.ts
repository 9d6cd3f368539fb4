/**
 * @file What an MPIJob may say, from the schema of its CustomResourceDefinition: of the pods' part, which has some thousand
 * fields, those that a job like ours has a use for. A field that is not here is refused, as `kubectl apply` refuses one that
 * is not in the schema (its `--validate=strict`); one that is needed goes in here, spelt as in the source.
 *
 * @see https://github.com/kubeflow/mpi-operator: manifests/base/kubeflow.org_mpijobs.yaml (kubeflow.org/v2beta1), and
 *   pkg/apis/kubeflow/validation/validation.go for what the operator checks besides
 * @see https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
 */
import { z } from "zod";

const int32 = z.int32();
const fromZero = int32.min(0);
/** RFC 1123: what a pod, a container and a volume may be called. */
const label = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
const text = z.string().min(1);
const strings = z.record(z.string(), z.string());

/** As `8`, `500m` or `4Gi`. YAML's numbers count, too. */
const quantity = z.union([z.int().min(0), z.string().regex(/^\d+(\.\d+)?([mkMGTP]|[KMGTP]i)?$/)]);
/** Of Kubernetes, or of a vendor, as `nvidia.com/gpu`. */
const resource = z.string().regex(/^(cpu|memory|ephemeral-storage|hugepages-\w+|[a-z0-9.-]+\.[a-z]+\/[\w.-]+)$/);
const resources = z.record(resource, quantity);

const environment = z.strictObject({ name: text, value: z.string().optional() });

const container = z.strictObject({
  name: label,
  image: text,
  imagePullPolicy: z.enum(["Always", "IfNotPresent", "Never"]).optional(),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  workingDir: text.optional(),
  env: z.array(environment).optional(),
  resources: z.strictObject({ requests: resources.optional(), limits: resources.optional() }).optional(),
  volumeMounts: z
    .array(
      z.strictObject({
        name: label,
        mountPath: text,
        subPath: text.optional(),
        readOnly: z.boolean().optional(),
      }),
    )
    .optional(),
});

const volume = z.strictObject({
  name: label,
  persistentVolumeClaim: z.strictObject({ claimName: text, readOnly: z.boolean().optional() }).optional(),
  emptyDir: z.strictObject({ medium: z.string().optional(), sizeLimit: quantity.optional() }).optional(),
});

const pod = z.strictObject({
  metadata: z
    .strictObject({ name: label.optional(), labels: strings.optional(), annotations: strings.optional() })
    .optional(),
  spec: z.strictObject({
    containers: z.array(container).min(1),
    initContainers: z.array(container).optional(),
    volumes: z.array(volume).optional(),
    nodeSelector: strings.optional(),
    priorityClassName: text.optional(),
    serviceAccountName: text.optional(),
    terminationGracePeriodSeconds: z.int().min(0).optional(),
  }),
});

const replicaSpec = z.strictObject({
  replicas: int32.min(1),
  restartPolicy: z.enum(["Never", "OnFailure"]).optional(),
  template: pod,
});

const runPolicy = z.strictObject({
  cleanPodPolicy: z.enum(["None", "Running", "All"]).optional(),
  ttlSecondsAfterFinished: fromZero.optional(),
  activeDeadlineSeconds: z.int().min(0).optional(),
  backoffLimit: fromZero.optional(),
  suspend: z.boolean().optional(),
  managedBy: z.string().optional(),
  schedulingPolicy: z
    .strictObject({
      minAvailable: int32.optional(),
      queue: z.string().optional(),
      minResources: resources.optional(),
      priorityClass: z.string().optional(),
      scheduleTimeoutSeconds: int32.optional(),
    })
    .optional(),
});

/** An MPIJob of Kubeflow's MPI operator. */
export const mpiJob = z.strictObject({
  apiVersion: z.literal("kubeflow.org/v2beta1"),
  kind: z.literal("MPIJob"),
  metadata: z.strictObject({
    name: label,
    namespace: label.optional(),
    labels: strings.optional(),
    annotations: strings.optional(),
  }),
  spec: z.strictObject({
    slotsPerWorker: fromZero.optional(),
    mpiImplementation: z.enum(["OpenMPI", "Intel", "MPICH"]).optional(),
    launcherCreationPolicy: z.enum(["AtStartup", "WaitForWorkersReady"]).optional(),
    runLauncherAsWorker: z.boolean().optional(),
    sshAuthMountPath: text.optional(),
    runPolicy: runPolicy.optional(),
    mpiReplicaSpecs: z.strictObject({
      Launcher: replicaSpec.extend({ replicas: z.literal(1) }),
      Worker: replicaSpec.optional(),
    }),
  }),
});
