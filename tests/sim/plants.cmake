# manyi-sim-NAME for each planted bug (plants.py): the simulator with one source file's mutated copy linked ahead
# of the static libraries, so that the archive's own member is never pulled in. Included by CMakeLists.txt.
set(plants_script ${CMAKE_CURRENT_SOURCE_DIR}/plants.py)
set(plants_tables ${CMAKE_CURRENT_SOURCE_DIR}/plants_table.py ${CMAKE_CURRENT_SOURCE_DIR}/plants_reviewed.py
    ${CMAKE_CURRENT_SOURCE_DIR}/plants_row.py)
set(plants_folder ${CMAKE_BINARY_DIR}/tests/plants)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${plants_tables})
execute_process(COMMAND ${python} ${plants_script} list OUTPUT_VARIABLE plants COMMAND_ERROR_IS_FATAL ANY)
string(STRIP "${plants}" plants)
string(REPLACE "\n" ";" plants "${plants}")

file(MAKE_DIRECTORY ${plants_folder})
add_custom_target(planted)
foreach(plant ${plants})
    string(REPLACE " " ";" plant ${plant})
    list(GET plant 0 name)
    list(GET plant 1 source)
    set(mutated ${plants_folder}/${name}.c)
    add_custom_command(OUTPUT ${mutated}
        COMMAND ${python} ${plants_script} make ${name} ${mutated}
        DEPENDS ${CMAKE_SOURCE_DIR}/${source} ${plants_script} ${plants_tables})
    add_executable(manyi-sim-${name} ${mutated} $<TARGET_OBJECTS:manyi-sim>)
    set_source_files_properties(${mutated} PROPERTIES COMPILE_OPTIONS -w) # a bug may leave something unused
    set_target_properties(manyi-sim-${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${plants_folder})
    manyi_world_link(manyi-sim-${name})
    add_dependencies(planted manyi-sim-${name})
endforeach()
manyi_entry(sim_planted sim 300 ${python} ${CMAKE_CURRENT_SOURCE_DIR}/planted_test.py --slice)
