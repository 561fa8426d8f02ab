"""gRPC by `grpcio`, knowing nothing of the services but what the server's reflection tells."""

import grpc
from google.protobuf import json_format
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from google.rpc import status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

import story

SERVICES = ["zitadel.user.v2.UserService", "zitadel.user.v2beta.UserService"]
CALL_SECONDS_MAX = 30


class Client:
    """One service, its messages made from reflected descriptors."""

    def __init__(self, channel, pool, service):
        self.channel = channel
        self.pool = pool
        self.descriptor = pool.FindServiceByName(service)

    def call(self, method, request, token):
        descriptor = self.descriptor.methods_by_name[method]
        stub = self.channel.unary_unary(
            f"/{self.descriptor.full_name}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=GetMessageClass(descriptor.output_type).FromString,
        )
        message = json_format.ParseDict(request, GetMessageClass(descriptor.input_type)(), descriptor_pool=self.pool)
        metadata = [("authorization", f"Bearer {token}")] if token else []
        try:
            reply = stub(message, metadata=metadata, timeout=CALL_SECONDS_MAX)
        except grpc.RpcError as error:
            raise self.refusal(error) from error
        return json_format.MessageToDict(reply, descriptor_pool=self.pool)

    def refusal(self, error):
        code = error.code().name.lower()
        packed = dict(error.trailing_metadata()).get("grpc-status-details-bin")
        if packed is None:
            return story.Refused(code, error.details())
        status = status_pb2.Status.FromString(packed)
        if (status.code, status.message) != (error.code().value[0], error.details()):
            raise AssertionError(f"the status in the details is another one: {status}")
        if not status.details:
            return story.Refused(code, error.details())
        [detail] = status.details
        if detail.type_url != "type.googleapis.com/zitadel.v1.ErrorDetail":
            raise AssertionError(f"an unexpected detail: {detail.type_url}")
        detail_class = GetMessageClass(self.pool.FindMessageTypeByName("zitadel.v1.ErrorDetail"))
        known = detail_class.FromString(detail.value)
        return story.Refused(code, error.details(), known.id, known.message)


def reflected_services(channel, package):
    """Lists the services by either version of reflection; both have the same messages."""
    stub = channel.stream_stream(
        f"/{package}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    for response in stub(iter([request]), timeout=CALL_SECONDS_MAX):
        return {service.name for service in response.list_services_response.service}
    return set()


def main():
    checks = story.Checks("grpcio")
    # Whatever proxy the machine has, the server is on this side of it.
    direct = [("grpc.enable_http_proxy", 0)]
    with grpc.insecure_channel(story.BASE_URL.removeprefix("http://"), options=direct) as channel:
        for service in ["", *SERVICES]:
            request = health_pb2.HealthCheckRequest(service=service)
            health = health_pb2_grpc.HealthStub(channel).Check(request, timeout=CALL_SECONDS_MAX)
            checks.equal(f"{service or 'the server'} is healthy", health.status, health_pb2.HealthCheckResponse.SERVING)
        for package in ["grpc.reflection.v1", "grpc.reflection.v1alpha"]:
            services = reflected_services(channel, package)
            checks.true(f"{package} lists both services", services.issuperset(SERVICES), services)
        pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
        for service in SERVICES:
            story.tell(f"grpcio {service}", Client(channel, pool, service).call)


if __name__ == "__main__":
    main()
