"""The compiled reader and writer are optional: without a C compiler pure Python gives the same rows."""

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            f"hygge_sqlite.{name}",
            [f"src/hygge_sqlite/{name}.c"],
            py_limited_api=True,
            optional=True,
            extra_compile_args=["-O2", "-std=c11"],
            libraries=libraries,
        )
        for name, libraries in (("_reader", ["m", "dl"]), ("_writer", []))
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
